"""users.*: who is in the workspace."""

from sandbox.slack.errors import SlackError
from sandbox.slack.methods.registry import Call, method
from sandbox.slack.model import Json
from sandbox.slack.paging import page_of
from sandbox.slack.shapes import user_shape

EMAIL_SCOPE = "users:read.email"


@method("users.list", "users:read")
def list_users(call: Call) -> Json:
    page, metadata = page_of(list(call.team.users.values()), call.args)
    return {
        "members": [user_shape(user, with_email=call.has_scope(EMAIL_SCOPE)) for user in page],
        "cache_ts": int(call.world.clock.now().timestamp()),
        "response_metadata": metadata,
    }


@method("users.info", "users:read")
def info(call: Call) -> Json:
    return {"user": user_shape(call.user(), with_email=call.has_scope(EMAIL_SCOPE))}


@method("users.lookupByEmail", EMAIL_SCOPE)
def look_up_by_email(call: Call) -> Json:
    wanted = call.args.required("email").lower()
    for user in call.team.users.values():
        if user.email.lower() == wanted and not user.deleted:
            return {"user": user_shape(user, with_email=True)}
    raise SlackError("users_not_found")
