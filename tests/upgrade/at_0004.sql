BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	workspace_id INTEGER NOT NULL, 
	schedule_id INTEGER, 
	destination_id INTEGER, 
	at DATETIME NOT NULL, 
	actor VARCHAR(64) NOT NULL, 
	action VARCHAR(48) NOT NULL, 
	summary TEXT NOT NULL, 
	details JSON NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id), 
	CONSTRAINT fk_audit_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspace (id) ON DELETE CASCADE
);
INSERT INTO "audit" VALUES(1,1,1,NULL,'2026-03-02 09:00:01.076737','<alice>','schedule.created','created the schedule Payments','{}');
INSERT INTO "audit" VALUES(2,1,NULL,NULL,'2026-03-02 09:00:01.159762','<alice>','connection.saved','added the PagerDuty connection acme','{}');
INSERT INTO "audit" VALUES(3,1,1,1,'2026-03-02 09:00:01.177529','<alice>','destination.added','linked Primary to the PagerDuty schedule Platform primary','{}');
INSERT INTO "audit" VALUES(4,1,1,NULL,'2026-03-02 09:00:01.220058','<alice>','shift.assigned','assigned <@<alice>> as Primary','{"start": "2026-03-02T10:00:00+00:00", "end": "2026-03-02T18:00:00+00:00", "shifts": [1], "moves": [{"role": "Primary", "start": "2026-03-02T10:00:00+00:00", "end": "2026-03-02T18:00:00+00:00", "before": null, "after": "<alice>"}], "reason": ""}');
INSERT INTO "audit" VALUES(5,1,1,NULL,'2026-03-02 09:00:01.250263','<alice>','shift.assigned','assigned <@<bob>> as Primary','{"start": "2026-03-02T18:00:00+00:00", "end": "2026-03-03T10:00:00+00:00", "shifts": [2], "moves": [{"role": "Primary", "start": "2026-03-02T18:00:00+00:00", "end": "2026-03-03T10:00:00+00:00", "before": null, "after": "<bob>"}], "reason": ""}');
INSERT INTO "audit" VALUES(6,1,1,NULL,'2026-03-02 09:00:01.295509','<alice>','shift.assigned','assigned <@<carol>> as Secondary','{"start": "2026-03-02T10:00:00+00:00", "end": "2026-03-03T10:00:00+00:00", "shifts": [3], "moves": [{"role": "Secondary", "start": "2026-03-02T10:00:00+00:00", "end": "2026-03-03T10:00:00+00:00", "before": null, "after": "<carol>"}], "reason": ""}');
INSERT INTO "audit" VALUES(7,1,1,1,'2026-03-02 09:00:01.391597','baton','destination.exported','wrote 1 in the PagerDuty schedule Platform primary','{"created": 1, "changed": 0, "removed": 0}');
INSERT INTO "audit" VALUES(8,1,1,1,'2026-03-02 09:00:01.466179','baton','destination.exported','wrote 1 in the PagerDuty schedule Platform primary','{"created": 1, "changed": 0, "removed": 0}');
INSERT INTO "audit" VALUES(9,1,1,NULL,'2026-03-02 09:00:01.481567','<alice>','rotation.saved','made the rotation Weekly','{"rotation": 1, "shifts": []}');
INSERT INTO "audit" VALUES(10,1,1,NULL,'2026-03-02 09:00:01.536264','<alice>','shifts.confirmed','confirmed 2 shifts','{"shifts": [4, 5]}');
INSERT INTO "audit" VALUES(11,1,1,1,'2026-03-02 09:00:01.668228','baton','destination.exported','wrote 2 in the PagerDuty schedule Platform primary','{"created": 2, "changed": 0, "removed": 0}');
INSERT INTO "audit" VALUES(12,1,NULL,NULL,'2026-03-02 09:00:01.681707','<alice>','webhook.added','added the webhook Status page','{}');
INSERT INTO "audit" VALUES(13,1,1,NULL,'2026-03-02 09:00:01.824094','<bob>','cover.asked','asked for cover of a shift of <@<bob>>','{"cover": 1}');
CREATE TABLE base_segment (
	destination_id INTEGER NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_base_segment PRIMARY KEY (destination_id, starts_at), 
	CONSTRAINT fk_base_segment_destination_id FOREIGN KEY(destination_id) REFERENCES destination (id) ON DELETE CASCADE
);
INSERT INTO "base_segment" VALUES(1,'2026-03-02 10:00:00.000000','2026-03-02 18:00:00.000000','P41PJSO');
INSERT INTO "base_segment" VALUES(1,'2026-03-02 18:00:00.000000','2026-03-03 10:00:00.000000','P2KRV6S');
INSERT INTO "base_segment" VALUES(1,'2026-03-09 08:00:00.000000','2026-03-16 08:00:00.000000','P41PJSO');
INSERT INTO "base_segment" VALUES(1,'2026-03-16 08:00:00.000000','2026-03-23 08:00:00.000000','P2KRV6S');
CREATE TABLE channel_settings (
	schedule_id INTEGER NOT NULL, 
	topics JSON NOT NULL, 
	quiet_gaps BOOLEAN NOT NULL, 
	reminder_hours INTEGER NOT NULL, 
	digest_day INTEGER, 
	digest_hour INTEGER NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_channel_settings PRIMARY KEY (schedule_id), 
	CONSTRAINT fk_channel_settings_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE
);
CREATE TABLE connection (
	id INTEGER NOT NULL, 
	workspace_id INTEGER NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	subdomain VARCHAR(255) NOT NULL, 
	region VARCHAR(8) NOT NULL, 
	secret TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	state_reason TEXT NOT NULL, 
	checked_at DATETIME NOT NULL, 
	create_users BOOLEAN NOT NULL, 
	from_email VARCHAR(320) NOT NULL, 
	user_role VARCHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_connection PRIMARY KEY (id), 
	CONSTRAINT fk_connection_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspace (id) ON DELETE CASCADE, 
	CONSTRAINT uq_connection_workspace_id_kind_subdomain UNIQUE (workspace_id, kind, subdomain)
);
INSERT INTO "connection" VALUES(1,1,'pagerduty','acme','us','gAAAAABrDDFRaKbcJLff0bCFiym0gHOE6z2Vm9Xlm4e-dVZajCd4c3E3ZqfPZryBNT5K8uCndKyiWzCBp4y8E9C3lDsixUnKum_O9j5xhNsGqvtvC67nZjQ=','ok','','2026-03-02 09:00:01.159762',0,'','user','2026-03-02 09:00:01.164538','<alice>');
CREATE TABLE cover_request (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	schedule_id INTEGER NOT NULL, 
	role_id INTEGER NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	reason TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	taker VARCHAR(32), 
	created_at DATETIME NOT NULL, 
	settled_at DATETIME, 
	CONSTRAINT fk_cover_request_role_id FOREIGN KEY(role_id) REFERENCES role (id) ON DELETE CASCADE, 
	CONSTRAINT fk_cover_request_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE
);
INSERT INTO "cover_request" VALUES(1,1,1,'<bob>','2026-03-02 18:00:00.000000','2026-03-03 10:00:00.000000','dentist','open',NULL,'2026-03-02 09:00:01.824094',NULL);
CREATE TABLE "destination" (
	id INTEGER NOT NULL, 
	schedule_id INTEGER NOT NULL, 
	role_id INTEGER NOT NULL, 
	connection_id INTEGER NOT NULL, 
	external_id VARCHAR(64) NOT NULL, 
	external_kind VARCHAR(16) NOT NULL, 
	external_name VARCHAR(255) NOT NULL, 
	external_url TEXT NOT NULL, 
	made BOOLEAN NOT NULL, 
	mode VARCHAR(16) NOT NULL, 
	paused BOOLEAN NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	status_reason TEXT NOT NULL, 
	dirty INTEGER NOT NULL, 
	pending_digest VARCHAR(64) NOT NULL, 
	approved_digest VARCHAR(64) NOT NULL, 
	reconfigured BOOLEAN NOT NULL, 
	refreshed_at DATETIME, 
	refresh_due_at DATETIME NOT NULL, 
	fence INTEGER NOT NULL, 
	lease_owner VARCHAR(64) NOT NULL, 
	lease_until DATETIME, 
	created_at DATETIME NOT NULL, 
	removed_at DATETIME, 
	paused_by VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_destination PRIMARY KEY (id), 
	CONSTRAINT fk_destination_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE, 
	CONSTRAINT fk_destination_role_id FOREIGN KEY(role_id) REFERENCES role (id), 
	CONSTRAINT fk_destination_connection_id FOREIGN KEY(connection_id) REFERENCES connection (id)
);
INSERT INTO "destination" VALUES(1,1,1,1,'PZO3YAR','v2','Platform primary','https://acme.pagerduty.com/schedules/PZO3YAR',0,'authoritative',0,'ok','All confirmed shifts are exported.',0,'','',0,'2026-03-02 09:00:01.894861','2026-03-02 09:05:01.112971',6,'',NULL,'2026-03-02 09:00:01.177529',NULL,'');
CREATE TABLE external_schedule (
	connection_id INTEGER NOT NULL, 
	external_id VARCHAR(64) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	url TEXT NOT NULL, 
	escalation_policies JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_external_schedule PRIMARY KEY (connection_id, external_id), 
	CONSTRAINT fk_external_schedule_connection_id FOREIGN KEY(connection_id) REFERENCES connection (id) ON DELETE CASCADE
);
INSERT INTO "external_schedule" VALUES(1,'PZO3YAR','Platform primary','v2','https://acme.pagerduty.com/schedules/PZO3YAR','[{"ep_id": "P5IL5GU", "ep_name": "Platform"}]','2026-03-02 09:00:01.165918');
CREATE TABLE external_user (
	connection_id INTEGER NOT NULL, 
	external_id VARCHAR(64) NOT NULL, 
	user_id VARCHAR(32), 
	name VARCHAR(255) NOT NULL, 
	email VARCHAR(320) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_external_user PRIMARY KEY (connection_id, external_id), 
	CONSTRAINT fk_external_user_connection_id FOREIGN KEY(connection_id) REFERENCES connection (id) ON DELETE CASCADE
);
INSERT INTO "external_user" VALUES(1,'P41PJSO','<alice>','Alice Johnson','alice@example.com','2026-03-02 09:00:01.235373');
INSERT INTO "external_user" VALUES(1,'P2KRV6S','<bob>','Bob Smith','bob@example.com','2026-03-02 09:00:01.299505');
INSERT INTO "external_user" VALUES(1,'PK1WJ69','<carol>','Carol Diaz','carol@example.com','2026-03-02 09:00:01.596014');
CREATE TABLE installation (
	id INTEGER NOT NULL, 
	enterprise_id VARCHAR(32) NOT NULL, 
	team_id VARCHAR(32) NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	data TEXT NOT NULL, 
	installed_at DATETIME NOT NULL, 
	CONSTRAINT pk_installation PRIMARY KEY (id), 
	CONSTRAINT uq_installation_enterprise_id_team_id_user_id UNIQUE (enterprise_id, team_id, user_id)
);
CREATE TABLE ledger_item (
	id INTEGER NOT NULL, 
	connection_id INTEGER NOT NULL, 
	external_schedule_id VARCHAR(64) NOT NULL, 
	destination_id INTEGER NOT NULL, 
	remote_id VARCHAR(64) NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	on_line VARCHAR(64) NOT NULL, 
	overridden VARCHAR(64) NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	adopted BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	removed_at DATETIME, 
	taken_back BOOLEAN NOT NULL, 
	CONSTRAINT pk_ledger_item PRIMARY KEY (id), 
	CONSTRAINT fk_ledger_item_connection_id FOREIGN KEY(connection_id) REFERENCES connection (id), 
	CONSTRAINT fk_ledger_item_destination_id FOREIGN KEY(destination_id) REFERENCES destination (id), 
	CONSTRAINT uq_ledger_item_connection_id_external_schedule_id_remote_id UNIQUE (connection_id, external_schedule_id, remote_id)
);
INSERT INTO "ledger_item" VALUES(1,1,'PZO3YAR',1,'QWXRD157467TOZ','P41PJSO','','','2026-03-02 10:00:00.000000','2026-03-02 18:00:00.000000',0,'2026-03-02 09:00:01.356129',NULL,0);
INSERT INTO "ledger_item" VALUES(2,1,'PZO3YAR',1,'QJ346V8UQX972C','P2KRV6S','','','2026-03-02 18:00:00.000000','2026-03-03 10:00:00.000000',0,'2026-03-02 09:00:01.433487',NULL,0);
INSERT INTO "ledger_item" VALUES(3,1,'PZO3YAR',1,'QWRW4I0EH2L3DF','P41PJSO','','','2026-03-09 08:00:00.000000','2026-03-16 08:00:00.000000',0,'2026-03-02 09:00:01.631420',NULL,0);
INSERT INTO "ledger_item" VALUES(4,1,'PZO3YAR',1,'QZBU6TYAWVUON9','P2KRV6S','','','2026-03-16 08:00:00.000000','2026-03-23 08:00:00.000000',0,'2026-03-02 09:00:01.631420',NULL,0);
CREATE TABLE member (
	schedule_id INTEGER NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	access VARCHAR(16) NOT NULL, 
	assignable BOOLEAN NOT NULL, 
	position INTEGER NOT NULL, 
	gone_at DATETIME, 
	CONSTRAINT pk_member PRIMARY KEY (schedule_id, user_id), 
	CONSTRAINT fk_member_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE
);
INSERT INTO "member" VALUES(1,'<alice>','admin',1,0,NULL);
INSERT INTO "member" VALUES(1,'<bob>','member',1,1,NULL);
INSERT INTO "member" VALUES(1,'<carol>','member',1,2,NULL);
CREATE TABLE observation (
	destination_id INTEGER NOT NULL, 
	observed_at DATETIME NOT NULL, 
	window_start DATETIME NOT NULL, 
	window_end DATETIME NOT NULL, 
	effective JSON NOT NULL, 
	pinned JSON NOT NULL, 
	clean BOOLEAN NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_observation PRIMARY KEY (destination_id), 
	CONSTRAINT fk_observation_destination_id FOREIGN KEY(destination_id) REFERENCES destination (id) ON DELETE CASCADE
);
INSERT INTO "observation" VALUES(1,'2026-03-02 09:00:01.894861','2026-03-02 09:00:01.891642','2026-04-01 09:00:01.891642','[["2026-03-02T09:00:01.891642+00:00", "2026-03-02T10:00:00+00:00", ["P2KRV6S"]], ["2026-03-02T10:00:00+00:00", "2026-03-02T18:00:00+00:00", ["P41PJSO"]], ["2026-03-02T18:00:00+00:00", "2026-03-09T08:00:00+00:00", ["P2KRV6S"]], ["2026-03-09T08:00:00+00:00", "2026-03-16T08:00:00+00:00", ["P41PJSO"]], ["2026-03-16T08:00:00+00:00", "2026-03-30T08:00:00+00:00", ["P2KRV6S"]], ["2026-03-30T08:00:00+00:00", "2026-04-01T09:00:01.891642+00:00", ["PK1WJ69"]]]','[["2026-03-02T10:00:00+00:00", "2026-03-02T18:00:00+00:00", ["P41PJSO"]], ["2026-03-02T18:00:00+00:00", "2026-03-03T10:00:00+00:00", ["P2KRV6S"]], ["2026-03-09T08:00:00+00:00", "2026-03-16T08:00:00+00:00", ["P41PJSO"]], ["2026-03-16T08:00:00+00:00", "2026-03-23T08:00:00+00:00", ["P2KRV6S"]]]',1,'');
CREATE TABLE op (
	id INTEGER NOT NULL, 
	destination_id INTEGER NOT NULL, 
	"plan" VARCHAR(64) NOT NULL, 
	position INTEGER NOT NULL, 
	action VARCHAR(16) NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	on_line VARCHAR(64) NOT NULL, 
	overridden VARCHAR(64) NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	remote_id VARCHAR(64), 
	recognised BOOLEAN NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	error TEXT NOT NULL, 
	fence INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	called_at DATETIME, 
	settled_at DATETIME, 
	shown_at DATETIME, 
	CONSTRAINT pk_op PRIMARY KEY (id), 
	CONSTRAINT fk_op_destination_id FOREIGN KEY(destination_id) REFERENCES destination (id)
);
INSERT INTO "op" VALUES(1,1,'0ca60737150f1dbec433d59184e54406',0,'1-create','P41PJSO','','','2026-03-02 10:00:00.000000','2026-03-02 18:00:00.000000','QWXRD157467TOZ',1,'done','',2,'2026-03-02 09:00:01.351718','2026-03-02 09:00:01.356129','2026-03-02 09:00:01.368559','2026-03-02 09:00:01.379499');
INSERT INTO "op" VALUES(2,1,'4d877fed9adaedc411bb830c67885b9f',0,'1-create','P2KRV6S','','','2026-03-02 18:00:00.000000','2026-03-03 10:00:00.000000','QJ346V8UQX972C',1,'done','',3,'2026-03-02 09:00:01.426009','2026-03-02 09:00:01.433487','2026-03-02 09:00:01.441761','2026-03-02 09:00:01.450341');
INSERT INTO "op" VALUES(3,1,'da5d4cc0c0164e198ee7fe0627616582',0,'1-create','P41PJSO','','','2026-03-09 08:00:00.000000','2026-03-16 08:00:00.000000','QWRW4I0EH2L3DF',1,'done','',5,'2026-03-02 09:00:01.619536','2026-03-02 09:00:01.631420','2026-03-02 09:00:01.640412','2026-03-02 09:00:01.655770');
INSERT INTO "op" VALUES(4,1,'da5d4cc0c0164e198ee7fe0627616582',1,'1-create','P2KRV6S','','','2026-03-16 08:00:00.000000','2026-03-23 08:00:00.000000','QZBU6TYAWVUON9',1,'done','',5,'2026-03-02 09:00:01.619536','2026-03-02 09:00:01.631420','2026-03-02 09:00:01.640412','2026-03-02 09:00:01.655770');
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	workspace_id INTEGER NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	kind VARCHAR(48) NOT NULL, 
	method VARCHAR(16) NOT NULL, 
	target VARCHAR(255) NOT NULL, 
	payload JSON NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	deadline DATETIME, 
	error TEXT NOT NULL, 
	receipt VARCHAR(255) NOT NULL, 
	created_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT fk_outbox_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspace (id) ON DELETE CASCADE, 
	CONSTRAINT uq_outbox_key UNIQUE ("key")
);
INSERT INTO "outbox" VALUES(1,1,'shift_changed:1:1','shift_changed','fanout','schedule:1','{"schedule_id": 1, "action": "assigned", "by": "<alice>", "changes": [{"role": "Primary", "start": "2026-03-02T10:00:00+00:00", "end": "2026-03-02T18:00:00+00:00", "before": null, "after": "<alice>"}], "reason": ""}','sent',0,'2026-03-02 09:00:01.220058',NULL,'','','2026-03-02 09:00:01.220058','2026-03-02 09:00:01.726633');
INSERT INTO "outbox" VALUES(2,1,'shift_changed:1:2','shift_changed','fanout','schedule:1','{"schedule_id": 1, "action": "assigned", "by": "<alice>", "changes": [{"role": "Primary", "start": "2026-03-02T18:00:00+00:00", "end": "2026-03-03T10:00:00+00:00", "before": null, "after": "<bob>"}], "reason": ""}','sent',0,'2026-03-02 09:00:01.250263',NULL,'','','2026-03-02 09:00:01.250263','2026-03-02 09:00:01.726633');
INSERT INTO "outbox" VALUES(3,1,'shift_changed:1:3','shift_changed','fanout','schedule:1','{"schedule_id": 1, "action": "assigned", "by": "<alice>", "changes": [{"role": "Secondary", "start": "2026-03-02T10:00:00+00:00", "end": "2026-03-03T10:00:00+00:00", "before": null, "after": "<carol>"}], "reason": ""}','sent',0,'2026-03-02 09:00:01.295509',NULL,'','','2026-03-02 09:00:01.295509','2026-03-02 09:00:01.726633');
INSERT INTO "outbox" VALUES(4,1,'shifts_to_confirm:1:4:4','shifts_to_confirm','fanout','schedule:1','{"schedule_id": 1, "shifts": [{"id": 4, "role": "Primary", "user": "<alice>", "start": "2026-03-09T08:00:00+00:00", "end": "2026-03-16T08:00:00+00:00"}, {"id": 5, "role": "Primary", "user": "<bob>", "start": "2026-03-16T08:00:00+00:00", "end": "2026-03-23T08:00:00+00:00"}, {"id": 6, "role": "Primary", "user": "<alice>", "start": "2026-03-23T08:00:00+00:00", "end": "2026-03-30T07:00:00+00:00"}, {"id": 7, "role": "Primary", "user": "<bob>", "start": "2026-03-30T07:00:00+00:00", "end": "2026-04-06T07:00:00+00:00"}]}','sent',0,'2026-03-02 09:00:01.481567',NULL,'','','2026-03-02 09:00:01.481567','2026-03-02 09:00:01.726633');
INSERT INTO "outbox" VALUES(5,1,'shift_changed:1:1>slack:<alice>','shift_changed','slack','<alice>','{"schedule_id": 1, "text": "A shift of *Payments* was assigned by Alice Johnson\n\u2022 Primary, <!date^1772445600^{date_short_pretty} {time}|2026-03-02 10:00 UTC> \u2013 <!date^1772474400^{date_short_pretty} {time}|2026-03-02 18:00 UTC>: you are on call", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "A shift of *Payments* was assigned by Alice Johnson"}}, {"type": "section", "text": {"type": "mrkdwn", "text": "\u2022 Primary, <!date^1772445600^{date_short_pretty} {time}|2026-03-02 10:00 UTC> \u2013 <!date^1772474400^{date_short_pretty} {time}|2026-03-02 18:00 UTC>: you are on call"}}]}','pending',0,'2026-03-02 09:00:01.726633',NULL,'','','2026-03-02 09:00:01.726633',NULL);
INSERT INTO "outbox" VALUES(6,1,'shift_changed:1:2>slack:<bob>','shift_changed','slack','<bob>','{"schedule_id": 1, "text": "A shift of *Payments* was assigned by Alice Johnson\n\u2022 Primary, <!date^1772474400^{date_short_pretty} {time}|2026-03-02 18:00 UTC> \u2013 <!date^1772532000^{date_short_pretty} {time}|2026-03-03 10:00 UTC>: you are on call", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "A shift of *Payments* was assigned by Alice Johnson"}}, {"type": "section", "text": {"type": "mrkdwn", "text": "\u2022 Primary, <!date^1772474400^{date_short_pretty} {time}|2026-03-02 18:00 UTC> \u2013 <!date^1772532000^{date_short_pretty} {time}|2026-03-03 10:00 UTC>: you are on call"}}]}','pending',0,'2026-03-02 09:00:01.726633',NULL,'','','2026-03-02 09:00:01.726633',NULL);
INSERT INTO "outbox" VALUES(7,1,'shift_changed:1:3>slack:<carol>','shift_changed','slack','<carol>','{"schedule_id": 1, "text": "A shift of *Payments* was assigned by Alice Johnson\n\u2022 Secondary, <!date^1772445600^{date_short_pretty} {time}|2026-03-02 10:00 UTC> \u2013 <!date^1772532000^{date_short_pretty} {time}|2026-03-03 10:00 UTC>: you are on call", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "A shift of *Payments* was assigned by Alice Johnson"}}, {"type": "section", "text": {"type": "mrkdwn", "text": "\u2022 Secondary, <!date^1772445600^{date_short_pretty} {time}|2026-03-02 10:00 UTC> \u2013 <!date^1772532000^{date_short_pretty} {time}|2026-03-03 10:00 UTC>: you are on call"}}]}','pending',0,'2026-03-02 09:00:01.726633',NULL,'','','2026-03-02 09:00:01.726633',NULL);
INSERT INTO "outbox" VALUES(8,1,'shifts_to_confirm:1:4:4>slack:<alice>','shifts_to_confirm','slack','<alice>','{"schedule_id": 1, "text": "4 shifts wait for your confirmation in *Payments*\n\u2022 Primary: Alice Johnson, <!date^1773043200^{date_short_pretty} {time}|2026-03-09 08:00 UTC> \u2013 <!date^1773648000^{date_short_pretty} {time}|2026-03-16 08:00 UTC>\n\u2022 Primary: Bob Smith, <!date^1773648000^{date_short_pretty} {time}|2026-03-16 08:00 UTC> \u2013 <!date^1774252800^{date_short_pretty} {time}|2026-03-23 08:00 UTC>\n\u2022 Primary: Alice Johnson, <!date^1774252800^{date_short_pretty} {time}|2026-03-23 08:00 UTC> \u2013 <!date^1774854000^{date_short_pretty} {time}|2026-03-30 07:00 UTC>", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "4 shifts wait for your confirmation in *Payments*"}}, {"type": "section", "text": {"type": "mrkdwn", "text": "\u2022 Primary: Alice Johnson, <!date^1773043200^{date_short_pretty} {time}|2026-03-09 08:00 UTC> \u2013 <!date^1773648000^{date_short_pretty} {time}|2026-03-16 08:00 UTC>\n\u2022 Primary: Bob Smith, <!date^1773648000^{date_short_pretty} {time}|2026-03-16 08:00 UTC> \u2013 <!date^1774252800^{date_short_pretty} {time}|2026-03-23 08:00 UTC>\n\u2022 Primary: Alice Johnson, <!date^1774252800^{date_short_pretty} {time}|2026-03-23 08:00 UTC> \u2013 <!date^1774854000^{date_short_pretty} {time}|2026-03-30 07:00 UTC>\n\u2022 Primary: Bob Smith, <!date^1774854000^{date_short_pretty} {time}|2026-03-30 07:00 UTC> \u2013 <!date^1775458800^{date_short_pretty} {time}|2026-04-06 07:00 UTC>"}}, {"type": "actions", "elements": [{"type": "button", "action_id": "shifts.confirm", "text": {"type": "plain_text", "text": "Confirm"}, "value": "1", "style": "primary"}]}]}','pending',0,'2026-03-02 09:00:01.726633',NULL,'','','2026-03-02 09:00:01.726633',NULL);
INSERT INTO "outbox" VALUES(9,1,'cover_requested:1','cover_requested','fanout','schedule:1','{"schedule_id": 1, "request_id": 1, "role": "Primary", "user": "<bob>", "start": "2026-03-02T18:00:00+00:00", "end": "2026-03-03T10:00:00+00:00", "reason": "dentist"}','pending',0,'2026-03-02 09:00:01.824094',NULL,'','','2026-03-02 09:00:01.824094',NULL);
CREATE TABLE owned_layer (
	destination_id INTEGER NOT NULL, 
	layer_id VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_owned_layer PRIMARY KEY (destination_id, layer_id), 
	CONSTRAINT fk_owned_layer_destination_id FOREIGN KEY(destination_id) REFERENCES destination (id) ON DELETE CASCADE
);
CREATE TABLE "pending_change" (
	destination_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	"before" VARCHAR(64) NOT NULL, 
	"after" VARCHAR(64) NOT NULL, 
	undoes BOOLEAN NOT NULL, 
	changed_by TEXT NOT NULL, 
	CONSTRAINT pk_pending_change PRIMARY KEY (destination_id, position), 
	CONSTRAINT fk_pending_change_destination_id FOREIGN KEY(destination_id) REFERENCES destination (id) ON DELETE CASCADE
);
CREATE TABLE person (
	workspace_id INTEGER NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	real_name VARCHAR(255) NOT NULL, 
	email VARCHAR(320) NOT NULL, 
	time_zone VARCHAR(64) NOT NULL, 
	is_admin BOOLEAN NOT NULL, 
	is_bot BOOLEAN NOT NULL, 
	deleted BOOLEAN NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_person PRIMARY KEY (workspace_id, user_id), 
	CONSTRAINT fk_person_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspace (id) ON DELETE CASCADE
);
INSERT INTO "person" VALUES(1,'<bot>','baton','Baton','','UTC',0,1,0,'2026-03-02 09:00:01.028580');
INSERT INTO "person" VALUES(1,'<alice>','alice','Alice Johnson','alice@example.com','Europe/Berlin',0,0,0,'2026-03-02 09:00:01.028580');
INSERT INTO "person" VALUES(1,'<bob>','bob','Bob Smith','bob@example.com','America/New_York',0,0,0,'2026-03-02 09:00:01.028580');
INSERT INTO "person" VALUES(1,'<carol>','carol','Carol Diaz','carol@example.com','UTC',0,0,0,'2026-03-02 09:00:01.028580');
INSERT INTO "person" VALUES(1,'<zoe>','zoe','Zoe Stranger','zoe@elsewhere.example','Asia/Kolkata',0,0,0,'2026-03-02 09:00:01.028580');
INSERT INTO "person" VALUES(1,'<root>','root','Root Admin','root@example.com','UTC',1,0,0,'2026-03-02 09:00:01.028580');
CREATE TABLE preference (
	workspace_id INTEGER NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	topic VARCHAR(32) NOT NULL, 
	method VARCHAR(16) NOT NULL, 
	wanted BOOLEAN NOT NULL, 
	CONSTRAINT pk_preference PRIMARY KEY (workspace_id, user_id, topic, method), 
	CONSTRAINT fk_preference_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspace (id) ON DELETE CASCADE
);
CREATE TABLE request_budget (
	credential VARCHAR(64) NOT NULL, 
	per_minute INTEGER NOT NULL, 
	taken JSON NOT NULL, 
	routine_from DATETIME, 
	urgent_from DATETIME, 
	CONSTRAINT pk_request_budget PRIMARY KEY (credential)
);
INSERT INTO "request_budget" VALUES('8bf57c64f070aa84609150d16dbb525e',960,'[["2026-03-02T09:00:01.126697+00:00", 1], ["2026-03-02T09:00:01.149342+00:00", 2], ["2026-03-02T09:00:01.154893+00:00", 4], ["2026-03-02T09:00:01.299593+00:00", 8], ["2026-03-02T09:00:01.450408+00:00", 16]]',NULL,NULL);
CREATE TABLE role (
	id INTEGER NOT NULL, 
	schedule_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	name VARCHAR(75) NOT NULL, 
	CONSTRAINT pk_role PRIMARY KEY (id), 
	CONSTRAINT fk_role_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE, 
	CONSTRAINT uq_role_schedule_id_position UNIQUE (schedule_id, position)
);
INSERT INTO "role" VALUES(1,1,0,'Primary');
INSERT INTO "role" VALUES(2,1,1,'Secondary');
CREATE TABLE rotation (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	schedule_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT fk_rotation_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE
);
INSERT INTO "rotation" VALUES(1,1,1,'2026-03-02 09:00:01.481567');
CREATE TABLE rotation_member (
	version_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	since DATETIME, 
	until DATETIME, 
	CONSTRAINT pk_rotation_member PRIMARY KEY (version_id, position), 
	CONSTRAINT fk_rotation_member_version_id FOREIGN KEY(version_id) REFERENCES rotation_version (id) ON DELETE CASCADE
);
INSERT INTO "rotation_member" VALUES(1,0,'<alice>',NULL,NULL);
INSERT INTO "rotation_member" VALUES(1,1,'<bob>',NULL,NULL);
CREATE TABLE rotation_version (
	id INTEGER NOT NULL, 
	rotation_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	role_id INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	time_zone VARCHAR(64) NOT NULL, 
	first_handoff VARCHAR(32) NOT NULL, 
	every INTEGER NOT NULL, 
	unit VARCHAR(8) NOT NULL, 
	covers_from VARCHAR(5), 
	covers_to VARCHAR(5), 
	days VARCHAR(16) NOT NULL, 
	backup_role_id INTEGER, 
	backup_offset INTEGER NOT NULL, 
	lead INTEGER NOT NULL, 
	since DATETIME, 
	until DATETIME, 
	CONSTRAINT pk_rotation_version PRIMARY KEY (id), 
	CONSTRAINT fk_rotation_version_backup_role_id FOREIGN KEY(backup_role_id) REFERENCES role (id), 
	CONSTRAINT fk_rotation_version_role_id FOREIGN KEY(role_id) REFERENCES role (id) ON DELETE CASCADE, 
	CONSTRAINT fk_rotation_version_rotation_id FOREIGN KEY(rotation_id) REFERENCES rotation (id) ON DELETE CASCADE, 
	CONSTRAINT uq_rotation_version_rotation_id_position UNIQUE (rotation_id, position)
);
INSERT INTO "rotation_version" VALUES(1,1,0,1,'Weekly','Europe/Berlin','2026-03-09T09:00',1,'weeks',NULL,NULL,'1234567',NULL,1,0,NULL,NULL);
CREATE TABLE schedule (
	id INTEGER NOT NULL, 
	workspace_id INTEGER NOT NULL, 
	team_id INTEGER NOT NULL, 
	public_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	name_key VARCHAR(255) NOT NULL, 
	time_zone VARCHAR(64) NOT NULL, 
	horizon_days INTEGER NOT NULL, 
	confirm_mode VARCHAR(16) NOT NULL, 
	channel_id VARCHAR(32), 
	assign_from DATETIME, 
	archived_at DATETIME, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_schedule PRIMARY KEY (id), 
	CONSTRAINT fk_schedule_team_id FOREIGN KEY(team_id) REFERENCES team (id), 
	CONSTRAINT fk_schedule_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspace (id) ON DELETE CASCADE, 
	CONSTRAINT uq_schedule_public_id UNIQUE (public_id)
);
INSERT INTO "schedule" VALUES(1,1,1,'ed4f9e4a-5e75-4b4e-8a7c-5753e73c4a85','Payments','payments','Europe/Berlin',30,'by_hand','<ops>',NULL,NULL,'2026-03-02 09:00:01.076737','<alice>');
CREATE TABLE seen_event (
	"key" VARCHAR(64) NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_seen_event PRIMARY KEY ("key")
);
CREATE TABLE shift (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	schedule_id INTEGER NOT NULL, 
	role_id INTEGER NOT NULL, 
	user_id VARCHAR(32), 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	source VARCHAR(16) NOT NULL, 
	revision INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT ck_shift_ends_after_start CHECK (starts_at < ends_at), 
	CONSTRAINT fk_shift_role_id FOREIGN KEY(role_id) REFERENCES role (id) ON DELETE CASCADE, 
	CONSTRAINT fk_shift_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE
);
INSERT INTO "shift" VALUES(1,1,1,'<alice>','2026-03-02 10:00:00.000000','2026-03-02 18:00:00.000000','confirmed','person',1,'2026-03-02 09:00:01.220058');
INSERT INTO "shift" VALUES(2,1,1,'<bob>','2026-03-02 18:00:00.000000','2026-03-03 10:00:00.000000','confirmed','person',1,'2026-03-02 09:00:01.250263');
INSERT INTO "shift" VALUES(3,1,2,'<carol>','2026-03-02 10:00:00.000000','2026-03-03 10:00:00.000000','confirmed','person',1,'2026-03-02 09:00:01.295509');
INSERT INTO "shift" VALUES(4,1,1,'<alice>','2026-03-09 08:00:00.000000','2026-03-16 08:00:00.000000','confirmed','rotation',2,'2026-03-02 09:00:01.481567');
INSERT INTO "shift" VALUES(5,1,1,'<bob>','2026-03-16 08:00:00.000000','2026-03-23 08:00:00.000000','confirmed','rotation',2,'2026-03-02 09:00:01.481567');
INSERT INTO "shift" VALUES(6,1,1,'<alice>','2026-03-23 08:00:00.000000','2026-03-30 07:00:00.000000','proposed','rotation',1,'2026-03-02 09:00:01.481567');
INSERT INTO "shift" VALUES(7,1,1,'<bob>','2026-03-30 07:00:00.000000','2026-04-06 07:00:00.000000','proposed','rotation',1,'2026-03-02 09:00:01.481567');
CREATE TABLE team (
	id INTEGER NOT NULL, 
	workspace_id INTEGER NOT NULL, 
	public_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	name_key VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_team PRIMARY KEY (id), 
	CONSTRAINT fk_team_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspace (id) ON DELETE CASCADE, 
	CONSTRAINT uq_team_public_id UNIQUE (public_id), 
	CONSTRAINT uq_team_workspace_id_name_key UNIQUE (workspace_id, name_key)
);
INSERT INTO "team" VALUES(1,1,'dcfbd39d-ee65-477f-8f96-d716d37b82ae','Money','money');
CREATE TABLE told (
	schedule_id INTEGER NOT NULL, 
	users JSON NOT NULL, 
	told_at DATETIME NOT NULL, 
	serial INTEGER NOT NULL, 
	CONSTRAINT pk_told PRIMARY KEY (schedule_id), 
	CONSTRAINT fk_told_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE
);
CREATE TABLE webhook (
	id INTEGER NOT NULL, 
	workspace_id INTEGER NOT NULL, 
	name VARCHAR(150) NOT NULL, 
	url TEXT NOT NULL, 
	team_ids JSON NOT NULL, 
	secret TEXT NOT NULL, 
	former_secret TEXT, 
	former_until DATETIME, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(32) NOT NULL, 
	removed_at DATETIME, 
	CONSTRAINT pk_webhook PRIMARY KEY (id), 
	CONSTRAINT fk_webhook_workspace_id FOREIGN KEY(workspace_id) REFERENCES workspace (id) ON DELETE CASCADE
);
INSERT INTO "webhook" VALUES(1,1,'Status page','http://127.0.0.1:9/hooks/a-secret-path','[]','gAAAAABrDDFRxX-P2_RvQf85lU9MDCDWlkXdpM7mXP9RIRJGbJq7OhnXsoFamp0LhJbWf7cd5Ag0wnEtQltv743ZHfSdJPKbST-6wL7ubjEGDMIZ2i-iywe3Vp0-oDIRi5ddPQB0m5aXGPAlnz1VqS32meJ-jULO-w==',NULL,NULL,'2026-03-02 09:00:01.681707','<alice>',NULL);
CREATE TABLE webhook_delivery (
	id INTEGER NOT NULL, 
	webhook_id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	took_ms INTEGER NOT NULL, 
	status INTEGER, 
	error TEXT NOT NULL, 
	CONSTRAINT pk_webhook_delivery PRIMARY KEY (id), 
	CONSTRAINT fk_webhook_delivery_webhook_id FOREIGN KEY(webhook_id) REFERENCES webhook (id) ON DELETE CASCADE
);
CREATE TABLE workspace (
	id INTEGER NOT NULL, 
	enterprise_id VARCHAR(32) NOT NULL, 
	team_id VARCHAR(32) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	people_seen_at DATETIME, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_workspace PRIMARY KEY (id), 
	CONSTRAINT uq_workspace_enterprise_id_team_id UNIQUE (enterprise_id, team_id)
);
INSERT INTO "workspace" VALUES(1,'','<team>','','2026-03-02 09:00:01.053344','2026-03-02 09:00:01.021276');
CREATE INDEX ix_seen_event_at ON seen_event (at);
CREATE INDEX ix_audit_schedule_id_at ON audit (schedule_id, at);
CREATE INDEX ix_outbox_state_method_due_at ON outbox (state, method, due_at);
CREATE INDEX ix_person_workspace_id_email ON person (workspace_id, email);
CREATE INDEX ix_webhook_workspace_id ON webhook (workspace_id);
CREATE INDEX ix_external_user_connection_id_user_id ON external_user (connection_id, user_id);
CREATE INDEX ix_schedule_workspace_id_name_key ON schedule (workspace_id, name_key);
CREATE INDEX ix_webhook_delivery_webhook_id_at ON webhook_delivery (webhook_id, at);
CREATE INDEX ix_rotation_schedule_id ON rotation (schedule_id);
CREATE INDEX ix_cover_request_schedule_id_state ON cover_request (schedule_id, state);
CREATE INDEX ix_shift_ends_at ON shift (ends_at);
CREATE INDEX ix_shift_role_id_starts_at ON shift (role_id, starts_at);
CREATE INDEX ix_shift_schedule_id_ends_at ON shift (schedule_id, ends_at);
CREATE INDEX ix_shift_starts_at ON shift (starts_at);
CREATE INDEX ix_ledger_item_destination_id_ends_at ON ledger_item (destination_id, ends_at);
CREATE INDEX ix_op_destination_id_state ON op (destination_id, state);
CREATE INDEX ix_destination_connection_id_external_id ON destination (connection_id, external_id);
CREATE INDEX ix_destination_schedule_id ON destination (schedule_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('shift',7);
INSERT INTO "sqlite_sequence" VALUES('rotation',1);
INSERT INTO "sqlite_sequence" VALUES('cover_request',1);
COMMIT;
