"""What people and systems are told: noticing what is due, deciding who hears of it, wording it, and sending it.

::

    watch ──► switches, reminders, digests ─┐
    services, sync ──► facts of a change ───┴─► outbox: fan-out items ──► fanout ──► one item per recipient
                                                                                          │
                                              Slack, e-mail, webhooks ◄── senders ◄── courier
"""
