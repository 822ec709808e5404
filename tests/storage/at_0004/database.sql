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
INSERT INTO "audit" VALUES(1,1,1,NULL,'2026-03-02 09:00:00.000000','UALICE','rotation.saved','made the rotation Weekly','{"rotation": 1, "shifts": []}');
INSERT INTO "audit" VALUES(2,1,1,NULL,'2026-03-02 09:00:00.000000','UALICE','shifts.confirmed','confirmed 5 shifts','{"shifts": [1, 2, 3, 4, 5]}');
INSERT INTO "audit" VALUES(3,1,1,NULL,'2026-03-02 09:00:00.000000','UALICE','rotation.saved','made the rotation Backups','{"rotation": 2, "shifts": []}');
INSERT INTO "audit" VALUES(4,1,1,NULL,'2026-03-02 09:00:00.000000','UALICE','shifts.confirmed','confirmed 2 shifts','{"shifts": [6, 7]}');
INSERT INTO "audit" VALUES(5,1,1,NULL,'2026-03-02 09:00:00.000000','UALICE','shift.assigned','assigned <@UCAROL> as Primary','{"start": "2026-03-10T17:00:00+00:00", "end": "2026-03-11T05:00:00+00:00", "shifts": [2, 11], "moves": [{"role": "Primary", "start": "2026-03-10T17:00:00+00:00", "end": "2026-03-11T05:00:00+00:00", "before": "UBOB", "after": "UCAROL"}], "reason": ""}');
INSERT INTO "audit" VALUES(6,1,1,NULL,'2026-03-02 09:00:00.000000','UALICE','shift.assigned','assigned <@UZOE> as Primary','{"start": "2026-03-23T05:00:00+00:00", "end": "2026-03-23T15:00:00+00:00", "shifts": [3, 4, 13], "moves": [{"role": "Primary", "start": "2026-03-23T05:00:00+00:00", "end": "2026-03-23T09:00:00+00:00", "before": "UCAROL", "after": "UZOE"}, {"role": "Primary", "start": "2026-03-23T09:00:00+00:00", "end": "2026-03-23T15:00:00+00:00", "before": "UALICE", "after": "UZOE"}], "reason": ""}');
INSERT INTO "audit" VALUES(7,1,1,1,'2026-03-02 09:00:00.000000','baton','destination.exported','wrote 7 in the PagerDuty schedule Payments','{"created": 7, "changed": 0, "removed": 0}');
INSERT INTO "audit" VALUES(8,1,2,NULL,'2026-03-02 09:00:00.000000','UBOB','schedule.created','created the schedule Search','{}');
INSERT INTO "audit" VALUES(9,1,2,2,'2026-03-02 09:00:00.000000','UBOB','destination.added','linked On call to the PagerDuty schedule Search','{}');
INSERT INTO "audit" VALUES(10,1,1,3,'2026-03-02 09:00:00.000000','UALICE','destination.added','linked Secondary to the PagerDuty schedule Payments backup','{}');
INSERT INTO "audit" VALUES(11,1,2,NULL,'2026-03-02 09:00:00.000000','UBOB','shift.assigned','assigned <@UBOB> as On call','{"start": "2026-03-03T09:00:00+00:00", "end": "2026-03-05T09:00:00+00:00", "shifts": [14], "moves": [{"role": "On call", "start": "2026-03-03T09:00:00+00:00", "end": "2026-03-05T09:00:00+00:00", "before": null, "after": "UBOB"}], "reason": ""}');
INSERT INTO "audit" VALUES(12,1,2,NULL,'2026-03-02 09:00:00.000000','UBOB','shift.assigned','assigned <@UCAROL> as On call','{"start": "2026-03-05T09:00:00+00:00", "end": "2026-03-07T09:00:00+00:00", "shifts": [15], "moves": [{"role": "On call", "start": "2026-03-05T09:00:00+00:00", "end": "2026-03-07T09:00:00+00:00", "before": null, "after": "UCAROL"}], "reason": ""}');
INSERT INTO "audit" VALUES(13,1,2,2,'2026-03-02 09:00:00.000000','baton','destination.exported','wrote 2 in the PagerDuty schedule Search','{"created": 2, "changed": 0, "removed": 0}');
INSERT INTO "audit" VALUES(14,1,NULL,NULL,'2026-03-02 10:00:00.000000','UALICE','webhook.added','added the webhook Pager room','{}');
INSERT INTO "audit" VALUES(15,1,NULL,NULL,'2026-03-02 10:00:00.000000','UBOB','webhook.added','added the webhook Finding only','{}');
INSERT INTO "audit" VALUES(16,1,NULL,NULL,'2026-03-02 10:00:00.000000','UBOB','webhook.rotated','rotated the secret of the webhook Finding only','{}');
INSERT INTO "audit" VALUES(17,1,1,NULL,'2026-03-02 10:00:00.000000','UALICE','cover.asked','asked for cover of a shift of <@UALICE>','{"cover": 1}');
INSERT INTO "audit" VALUES(18,1,1,NULL,'2026-03-02 10:00:00.000000','UCAROL','cover.asked','asked for cover of a shift of <@UCAROL>','{"cover": 2}');
INSERT INTO "audit" VALUES(19,1,1,NULL,'2026-03-02 10:00:00.000000','UBOB','shift.covered','covers a shift of <@UCAROL>','{"start": "2026-03-16T09:00:00+00:00", "end": "2026-03-23T05:00:00+00:00", "shifts": [3, 16], "moves": [{"role": "Primary", "start": "2026-03-16T09:00:00+00:00", "end": "2026-03-23T05:00:00+00:00", "before": "UCAROL", "after": "UBOB"}], "reason": ""}');
INSERT INTO "audit" VALUES(20,1,1,1,'2026-03-02 10:00:00.000000','baton','destination.exported','wrote 1 and took away 1 in the PagerDuty schedule Payments','{"created": 1, "changed": 0, "removed": 1}');
CREATE TABLE base_segment (
	destination_id INTEGER NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_base_segment PRIMARY KEY (destination_id, starts_at), 
	CONSTRAINT fk_base_segment_destination_id FOREIGN KEY(destination_id) REFERENCES destination (id) ON DELETE CASCADE
);
INSERT INTO "base_segment" VALUES(1,'2026-03-09 09:00:00.000000','2026-03-10 17:00:00.000000','P2KRV6S');
INSERT INTO "base_segment" VALUES(1,'2026-03-10 17:00:00.000000','2026-03-11 05:00:00.000000','PK1WJ69');
INSERT INTO "base_segment" VALUES(1,'2026-03-23 15:00:00.000000','2026-03-30 09:00:00.000000','P41PJSO');
INSERT INTO "base_segment" VALUES(1,'2026-03-30 09:00:00.000000','2026-04-06 09:00:00.000000','P2KRV6S');
INSERT INTO "base_segment" VALUES(2,'2026-03-03 09:00:00.000000','2026-03-05 09:00:00.000000','P2KRV6S');
INSERT INTO "base_segment" VALUES(2,'2026-03-05 09:00:00.000000','2026-03-07 09:00:00.000000','PK1WJ69');
INSERT INTO "base_segment" VALUES(1,'2026-03-11 05:00:00.000000','2026-03-23 05:00:00.000000','P2KRV6S');
INSERT INTO "base_segment" VALUES(1,'2026-03-02 10:12:00.000000','2026-03-09 09:00:00.000000','P41PJSO');
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
INSERT INTO "connection" VALUES(1,1,'pagerduty','acme','us','gAAAAABrDDin3aBFDmhMKsy0omsmezWSLjrInO4a12tm-GlD1E2c6nTJyj1VjtI968ab_AosvxdP5BcN5U_tVRap7Hin7AVnPsP18HGBfT3QjxmEDkPGvik=','ok','','2026-03-02 09:00:00.000000',0,'','user','2026-03-02 09:00:00.000000','UALICE');
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
INSERT INTO "cover_request" VALUES(1,1,1,'UALICE','2026-03-23 15:00:00.000000','2026-03-30 09:00:00.000000','Dentist','open',NULL,'2026-03-02 10:00:00.000000',NULL);
INSERT INTO "cover_request" VALUES(2,1,1,'UCAROL','2026-03-16 09:00:00.000000','2026-03-23 05:00:00.000000','','taken','UBOB','2026-03-02 10:00:00.000000','2026-03-02 10:00:00.000000');
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
	CONSTRAINT fk_destination_role_id FOREIGN KEY(role_id) REFERENCES role (id), 
	CONSTRAINT fk_destination_connection_id FOREIGN KEY(connection_id) REFERENCES connection (id), 
	CONSTRAINT fk_destination_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE
);
INSERT INTO "destination" VALUES(1,1,1,1,'P36L06Y','v2','Payments','https://acme.pagerduty.com/schedules/P36L06Y',0,'authoritative',0,'warning','PagerDuty knows nobody with the e-mail address of Zoe; the shifts of that person are not exported.',0,'','',0,'2026-03-02 10:12:00.000000','2026-03-02 10:17:00.000000',3,'',NULL,'2026-03-02 09:00:00.000000',NULL,'');
INSERT INTO "destination" VALUES(2,2,3,1,'PPDJHXM','v3','Search','https://acme.pagerduty.com/schedules/PPDJHXM',0,'authoritative',0,'ok','All confirmed shifts are exported.',0,'','',0,'2026-03-02 10:24:00.000000','2026-03-02 10:29:00.000000',3,'',NULL,'2026-03-02 09:00:00.000000',NULL,'');
INSERT INTO "destination" VALUES(3,1,2,1,'PGSBD9H','v2','Payments backup','https://acme.pagerduty.com/schedules/PGSBD9H',0,'manual_export',0,'pending','4 changes wait for a manual export.',0,'eede9e9307f9151f0d843a140761cf23','',0,'2026-03-02 10:36:00.000000','2026-03-02 10:41:00.000000',3,'',NULL,'2026-03-02 09:00:00.000000',NULL,'');
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
INSERT INTO "external_schedule" VALUES(1,'P36L06Y','Payments','v2','','[]','2026-03-02 09:00:00.000000');
INSERT INTO "external_schedule" VALUES(1,'PPDJHXM','Search','v3','','[]','2026-03-02 09:00:00.000000');
INSERT INTO "external_schedule" VALUES(1,'PGSBD9H','Payments backup','v2','','[]','2026-03-02 09:00:00.000000');
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
INSERT INTO "external_user" VALUES(1,'P41PJSO','UALICE','Alice','alice@example.com','2026-03-02 09:00:00.000000');
INSERT INTO "external_user" VALUES(1,'P2KRV6S','UBOB','Bob','bob@example.com','2026-03-02 09:00:00.000000');
INSERT INTO "external_user" VALUES(1,'PK1WJ69','UCAROL','Carol','carol@example.com','2026-03-02 09:00:00.000000');
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
INSERT INTO "installation" VALUES(1,'','T1','UROOT','gAAAAABrDDinZupU5otTZv6E20Kjofmf66GfHr83ryWwQZ0KSwlRu37Uk-Wb5IhAJw02cIOdNmG1EotfF7VuIz7-MhlpbyVOhmZNRszwn3YMRFF1lQpxzH0=','2026-03-02 09:00:00.000000');
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
INSERT INTO "ledger_item" VALUES(1,1,'P36L06Y',1,'Q5IL5GUI82QCLS','P41PJSO','','','2026-03-02 09:00:00.000000','2026-03-09 09:00:00.000000',0,'2026-03-02 09:00:00.000000',NULL,0);
INSERT INTO "ledger_item" VALUES(2,1,'P36L06Y',1,'Q7DTZT3T8VVQVN','P2KRV6S','','','2026-03-09 09:00:00.000000','2026-03-10 17:00:00.000000',0,'2026-03-02 09:00:00.000000',NULL,0);
INSERT INTO "ledger_item" VALUES(3,1,'P36L06Y',1,'QUKGGWXRD15746','PK1WJ69','','','2026-03-10 17:00:00.000000','2026-03-11 05:00:00.000000',0,'2026-03-02 09:00:00.000000',NULL,0);
INSERT INTO "ledger_item" VALUES(4,1,'P36L06Y',1,'Q7TOZJ346V8UQX','P2KRV6S','','','2026-03-11 05:00:00.000000','2026-03-16 09:00:00.000000',0,'2026-03-02 09:00:00.000000',NULL,0);
INSERT INTO "ledger_item" VALUES(5,1,'P36L06Y',1,'Q972CWRW4I0EH2','PK1WJ69','','','2026-03-16 09:00:00.000000','2026-03-23 05:00:00.000000',0,'2026-03-02 09:00:00.000000','2026-03-02 10:00:00.000000',0);
INSERT INTO "ledger_item" VALUES(6,1,'P36L06Y',1,'QL3DFZBU6TYAWV','P41PJSO','','','2026-03-23 15:00:00.000000','2026-03-30 09:00:00.000000',0,'2026-03-02 09:00:00.000000',NULL,0);
INSERT INTO "ledger_item" VALUES(7,1,'P36L06Y',1,'QUON9BA8GEH27A','P2KRV6S','','','2026-03-30 09:00:00.000000','2026-04-06 09:00:00.000000',0,'2026-03-02 09:00:00.000000',NULL,0);
INSERT INTO "ledger_item" VALUES(8,1,'PPDJHXM',2,'custom_shifts/ALX25FV6BV3KITOFPNSQJL2IRA','P2KRV6S','','','2026-03-03 09:00:00.000000','2026-03-05 09:00:00.000000',0,'2026-03-02 09:00:00.000000',NULL,0);
INSERT INTO "ledger_item" VALUES(9,1,'PPDJHXM',2,'custom_shifts/AMWNVBOIFQPRY4PJOZ4ZG7UCX7','PK1WJ69','','','2026-03-05 09:00:00.000000','2026-03-07 09:00:00.000000',0,'2026-03-02 09:00:00.000000',NULL,0);
INSERT INTO "ledger_item" VALUES(10,1,'P36L06Y',1,'QXZ6XNTHVAFM2Z','P2KRV6S','','','2026-03-16 09:00:00.000000','2026-03-23 05:00:00.000000',0,'2026-03-02 10:00:00.000000',NULL,0);
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
INSERT INTO "member" VALUES(1,'UALICE','admin',1,0,NULL);
INSERT INTO "member" VALUES(1,'UBOB','member',1,1,NULL);
INSERT INTO "member" VALUES(1,'UCAROL','member',1,2,NULL);
INSERT INTO "member" VALUES(1,'UZOE','member',1,3,NULL);
INSERT INTO "member" VALUES(2,'UBOB','admin',1,0,NULL);
INSERT INTO "member" VALUES(2,'UCAROL','member',1,1,NULL);
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
INSERT INTO "observation" VALUES(1,'2026-03-02 10:12:00.000000','2026-03-02 10:12:00.000000','2026-04-06 09:00:00.000000','[["2026-03-02T10:12:00+00:00", "2026-03-09T09:00:00+00:00", ["P41PJSO"]], ["2026-03-09T09:00:00+00:00", "2026-03-10T17:00:00+00:00", ["P2KRV6S"]], ["2026-03-10T17:00:00+00:00", "2026-03-11T05:00:00+00:00", ["PK1WJ69"]], ["2026-03-11T05:00:00+00:00", "2026-03-23T05:00:00+00:00", ["P2KRV6S"]], ["2026-03-23T15:00:00+00:00", "2026-03-30T09:00:00+00:00", ["P41PJSO"]], ["2026-03-30T09:00:00+00:00", "2026-04-06T09:00:00+00:00", ["P2KRV6S"]]]','[["2026-03-02T10:12:00+00:00", "2026-03-09T09:00:00+00:00", ["P41PJSO"]], ["2026-03-09T09:00:00+00:00", "2026-03-10T17:00:00+00:00", ["P2KRV6S"]], ["2026-03-10T17:00:00+00:00", "2026-03-11T05:00:00+00:00", ["PK1WJ69"]], ["2026-03-11T05:00:00+00:00", "2026-03-23T05:00:00+00:00", ["P2KRV6S"]], ["2026-03-23T15:00:00+00:00", "2026-03-30T09:00:00+00:00", ["P41PJSO"]], ["2026-03-30T09:00:00+00:00", "2026-04-06T09:00:00+00:00", ["P2KRV6S"]]]',0,'');
INSERT INTO "observation" VALUES(2,'2026-03-02 10:24:00.000000','2026-03-02 10:24:00.000000','2026-04-01 10:24:00.000000','[["2026-03-03T09:00:00+00:00", "2026-03-05T09:00:00+00:00", ["P2KRV6S"]], ["2026-03-05T09:00:00+00:00", "2026-03-07T09:00:00+00:00", ["PK1WJ69"]]]','[["2026-03-03T09:00:00+00:00", "2026-03-05T09:00:00+00:00", ["P2KRV6S"]], ["2026-03-05T09:00:00+00:00", "2026-03-07T09:00:00+00:00", ["PK1WJ69"]]]',1,'');
INSERT INTO "observation" VALUES(3,'2026-03-02 10:36:00.000000','2026-03-02 10:36:00.000000','2026-04-01 10:36:00.000000','[["2026-03-04T09:00:00+00:00", "2026-03-04T21:00:00+00:00", ["P2KRV6S"]]]','[["2026-03-04T09:00:00+00:00", "2026-03-04T21:00:00+00:00", ["P2KRV6S"]]]',0,'');
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
INSERT INTO "op" VALUES(1,1,'15bc7dde11052395549c92a17dadd42c',0,'1-create','P41PJSO','','','2026-03-02 09:00:00.000000','2026-03-09 09:00:00.000000','Q5IL5GUI82QCLS',1,'done','',1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000');
INSERT INTO "op" VALUES(2,1,'15bc7dde11052395549c92a17dadd42c',1,'1-create','P2KRV6S','','','2026-03-09 09:00:00.000000','2026-03-10 17:00:00.000000','Q7DTZT3T8VVQVN',1,'done','',1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000');
INSERT INTO "op" VALUES(3,1,'15bc7dde11052395549c92a17dadd42c',2,'1-create','PK1WJ69','','','2026-03-10 17:00:00.000000','2026-03-11 05:00:00.000000','QUKGGWXRD15746',1,'done','',1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000');
INSERT INTO "op" VALUES(4,1,'15bc7dde11052395549c92a17dadd42c',3,'1-create','P2KRV6S','','','2026-03-11 05:00:00.000000','2026-03-16 09:00:00.000000','Q7TOZJ346V8UQX',1,'done','',1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000');
INSERT INTO "op" VALUES(5,1,'15bc7dde11052395549c92a17dadd42c',4,'1-create','PK1WJ69','','','2026-03-16 09:00:00.000000','2026-03-23 05:00:00.000000','Q972CWRW4I0EH2',1,'done','',1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000');
INSERT INTO "op" VALUES(6,1,'15bc7dde11052395549c92a17dadd42c',5,'1-create','P41PJSO','','','2026-03-23 15:00:00.000000','2026-03-30 09:00:00.000000','QL3DFZBU6TYAWV',1,'done','',1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000');
INSERT INTO "op" VALUES(7,1,'15bc7dde11052395549c92a17dadd42c',6,'1-create','P2KRV6S','','','2026-03-30 09:00:00.000000','2026-04-06 09:00:00.000000','QUON9BA8GEH27A',1,'done','',1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000');
INSERT INTO "op" VALUES(8,2,'14a6c38ea342ceab9a7e211e9aaa1a79',0,'1-create','P2KRV6S','','','2026-03-03 09:00:00.000000','2026-03-05 09:00:00.000000','custom_shifts/ALX25FV6BV3KITOFPNSQJL2IRA',1,'done','',1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000');
INSERT INTO "op" VALUES(9,2,'14a6c38ea342ceab9a7e211e9aaa1a79',1,'1-create','PK1WJ69','','','2026-03-05 09:00:00.000000','2026-03-07 09:00:00.000000','custom_shifts/AMWNVBOIFQPRY4PJOZ4ZG7UCX7',1,'done','',1,'2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000','2026-03-02 09:00:00.000000');
INSERT INTO "op" VALUES(10,1,'f3837880ff391ffa2ef3300026b8529a',0,'1-create','P2KRV6S','','','2026-03-16 09:00:00.000000','2026-03-23 05:00:00.000000','QXZ6XNTHVAFM2Z',1,'done','',2,'2026-03-02 10:00:00.000000','2026-03-02 10:00:00.000000','2026-03-02 10:00:00.000000','2026-03-02 10:00:00.000000');
INSERT INTO "op" VALUES(11,1,'f3837880ff391ffa2ef3300026b8529a',1,'2-delete','PK1WJ69','','','2026-03-16 09:00:00.000000','2026-03-23 05:00:00.000000','Q972CWRW4I0EH2',1,'done','',2,'2026-03-02 10:00:00.000000','2026-03-02 10:00:00.000000','2026-03-02 10:00:00.000000','2026-03-02 10:00:00.000000');
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
INSERT INTO "outbox" VALUES(1,1,'shifts_to_confirm:1:1:5','shifts_to_confirm','fanout','schedule:1','{"schedule_id": 1, "shifts": [{"id": 1, "role": "Primary", "user": "UALICE", "start": "2026-03-02T09:00:00+00:00", "end": "2026-03-09T09:00:00+00:00"}, {"id": 2, "role": "Primary", "user": "UBOB", "start": "2026-03-09T09:00:00+00:00", "end": "2026-03-16T09:00:00+00:00"}, {"id": 3, "role": "Primary", "user": "UCAROL", "start": "2026-03-16T09:00:00+00:00", "end": "2026-03-23T09:00:00+00:00"}, {"id": 4, "role": "Primary", "user": "UALICE", "start": "2026-03-23T09:00:00+00:00", "end": "2026-03-30T09:00:00+00:00"}, {"id": 5, "role": "Primary", "user": "UBOB", "start": "2026-03-30T09:00:00+00:00", "end": "2026-04-06T09:00:00+00:00"}]}','pending',0,'2026-03-02 09:00:00.000000',NULL,'','','2026-03-02 09:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(2,1,'shifts_to_confirm:1:6:5','shifts_to_confirm','fanout','schedule:1','{"schedule_id": 1, "shifts": [{"id": 6, "role": "Secondary", "user": "UCAROL", "start": "2026-03-02T09:00:00+00:00", "end": "2026-03-09T09:00:00+00:00"}, {"id": 7, "role": "Secondary", "user": "UALICE", "start": "2026-03-09T09:00:00+00:00", "end": "2026-03-16T09:00:00+00:00"}, {"id": 8, "role": "Secondary", "user": "UCAROL", "start": "2026-03-16T09:00:00+00:00", "end": "2026-03-23T09:00:00+00:00"}, {"id": 9, "role": "Secondary", "user": "UALICE", "start": "2026-03-23T09:00:00+00:00", "end": "2026-03-30T09:00:00+00:00"}, {"id": 10, "role": "Secondary", "user": "UCAROL", "start": "2026-03-30T09:00:00+00:00", "end": "2026-04-06T09:00:00+00:00"}]}','pending',0,'2026-03-02 09:00:00.000000',NULL,'','','2026-03-02 09:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(3,1,'shift_changed:1:11','shift_changed','fanout','schedule:1','{"schedule_id": 1, "action": "assigned", "by": "UALICE", "changes": [{"role": "Primary", "start": "2026-03-10T17:00:00+00:00", "end": "2026-03-11T05:00:00+00:00", "before": "UBOB", "after": "UCAROL"}], "reason": ""}','pending',0,'2026-03-02 09:00:00.000000',NULL,'','','2026-03-02 09:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(4,1,'shift_changed:1:13','shift_changed','fanout','schedule:1','{"schedule_id": 1, "action": "assigned", "by": "UALICE", "changes": [{"role": "Primary", "start": "2026-03-23T05:00:00+00:00", "end": "2026-03-23T09:00:00+00:00", "before": "UCAROL", "after": "UZOE"}, {"role": "Primary", "start": "2026-03-23T09:00:00+00:00", "end": "2026-03-23T15:00:00+00:00", "before": "UALICE", "after": "UZOE"}], "reason": ""}','pending',0,'2026-03-02 09:00:00.000000',NULL,'','','2026-03-02 09:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(5,1,'destination:1:2026-03-02T09:00:00+00:00','destination','fanout','schedule:1','{"schedule_id": 1, "destination_id": 1, "external_schedule": "Payments", "external_url": "", "role": "", "status": "warning", "reason": "PagerDuty knows nobody with the e-mail address of Zoe; the shifts of that person are not exported.", "before": "pending"}','pending',0,'2026-03-02 09:00:00.000000',NULL,'','','2026-03-02 09:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(6,1,'shift_changed:2:14','shift_changed','fanout','schedule:2','{"schedule_id": 2, "action": "assigned", "by": "UBOB", "changes": [{"role": "On call", "start": "2026-03-03T09:00:00+00:00", "end": "2026-03-05T09:00:00+00:00", "before": null, "after": "UBOB"}], "reason": ""}','pending',0,'2026-03-02 09:00:00.000000',NULL,'','','2026-03-02 09:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(7,1,'shift_changed:2:15','shift_changed','fanout','schedule:2','{"schedule_id": 2, "action": "assigned", "by": "UBOB", "changes": [{"role": "On call", "start": "2026-03-05T09:00:00+00:00", "end": "2026-03-07T09:00:00+00:00", "before": null, "after": "UCAROL"}], "reason": ""}','pending',0,'2026-03-02 09:00:00.000000',NULL,'','','2026-03-02 09:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(8,1,'test:79558039669a3b11>webhook:2','oncall_change','webhook','2','{"id": "msg_ab2d3e1b8bf2fa9bdb8463576c6176ab", "body": {"event_type": "oncall_change", "transitions": {}}}','pending',0,'2026-03-02 10:00:00.000000',NULL,'','','2026-03-02 10:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(9,1,'cover_requested:1','cover_requested','fanout','schedule:1','{"schedule_id": 1, "request_id": 1, "role": "Primary", "user": "UALICE", "start": "2026-03-23T15:00:00+00:00", "end": "2026-03-30T09:00:00+00:00", "reason": "Dentist"}','pending',0,'2026-03-02 10:00:00.000000',NULL,'','','2026-03-02 10:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(10,1,'cover_requested:2','cover_requested','fanout','schedule:1','{"schedule_id": 1, "request_id": 2, "role": "Primary", "user": "UCAROL", "start": "2026-03-16T09:00:00+00:00", "end": "2026-03-23T05:00:00+00:00", "reason": ""}','pending',0,'2026-03-02 10:00:00.000000',NULL,'','','2026-03-02 10:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(11,1,'cover_taken:2','cover_taken','fanout','schedule:1','{"schedule_id": 1, "request_id": 2, "role": "Primary", "user": "UCAROL", "start": "2026-03-16T09:00:00+00:00", "end": "2026-03-23T05:00:00+00:00", "reason": "", "taker": "UBOB"}','pending',0,'2026-03-02 10:00:00.000000',NULL,'','','2026-03-02 10:00:00.000000',NULL);
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
INSERT INTO "pending_change" VALUES(3,0,'2026-03-02 10:00:00.000000','2026-03-04 09:00:00.000000','add','','PK1WJ69',0,'');
INSERT INTO "pending_change" VALUES(3,1,'2026-03-04 09:00:00.000000','2026-03-04 21:00:00.000000','replace','P2KRV6S','PK1WJ69',0,'');
INSERT INTO "pending_change" VALUES(3,2,'2026-03-04 21:00:00.000000','2026-03-09 09:00:00.000000','add','','PK1WJ69',0,'');
INSERT INTO "pending_change" VALUES(3,3,'2026-03-09 09:00:00.000000','2026-03-16 09:00:00.000000','add','','P41PJSO',0,'');
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
INSERT INTO "person" VALUES(1,'UALICE','alice','Alice','alice@example.com','UTC',0,0,0,'2026-03-02 09:00:00.000000');
INSERT INTO "person" VALUES(1,'UBOB','bob','Bob','bob@example.com','UTC',0,0,0,'2026-03-02 09:00:00.000000');
INSERT INTO "person" VALUES(1,'UCAROL','carol','Carol','carol@example.com','UTC',0,0,0,'2026-03-02 09:00:00.000000');
INSERT INTO "person" VALUES(1,'UZOE','zoe','Zoe','zoe@example.com','UTC',0,0,0,'2026-03-02 09:00:00.000000');
INSERT INTO "person" VALUES(1,'UROOT','root','Root','root@example.com','UTC',1,0,0,'2026-03-02 09:00:00.000000');
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
INSERT INTO "role" VALUES(3,2,0,'On call');
CREATE TABLE rotation (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	schedule_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT fk_rotation_schedule_id FOREIGN KEY(schedule_id) REFERENCES schedule (id) ON DELETE CASCADE
);
INSERT INTO "rotation" VALUES(1,1,1,'2026-03-02 09:00:00.000000');
INSERT INTO "rotation" VALUES(2,1,1,'2026-03-02 09:00:00.000000');
CREATE TABLE rotation_member (
	version_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	since DATETIME, 
	until DATETIME, 
	CONSTRAINT pk_rotation_member PRIMARY KEY (version_id, position), 
	CONSTRAINT fk_rotation_member_version_id FOREIGN KEY(version_id) REFERENCES rotation_version (id) ON DELETE CASCADE
);
INSERT INTO "rotation_member" VALUES(1,0,'UALICE',NULL,NULL);
INSERT INTO "rotation_member" VALUES(1,1,'UBOB',NULL,NULL);
INSERT INTO "rotation_member" VALUES(1,2,'UCAROL',NULL,NULL);
INSERT INTO "rotation_member" VALUES(2,0,'UCAROL',NULL,NULL);
INSERT INTO "rotation_member" VALUES(2,1,'UALICE',NULL,NULL);
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
INSERT INTO "rotation_version" VALUES(1,1,0,1,'Weekly','UTC','2026-03-02T09:00',1,'weeks',NULL,NULL,'1234567',NULL,1,0,NULL,NULL);
INSERT INTO "rotation_version" VALUES(2,2,0,2,'Backups','UTC','2026-03-02T09:00',1,'weeks',NULL,NULL,'1234567',NULL,1,0,NULL,NULL);
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
INSERT INTO "schedule" VALUES(1,1,1,'s-1','Payments','payments','Europe/Berlin',30,'by_hand',NULL,NULL,NULL,'2026-03-02 09:00:00.000000','UALICE');
INSERT INTO "schedule" VALUES(2,1,2,'5094e65e-a40f-4770-9684-3e25883233b1','Search','search','America/New_York',30,'by_hand',NULL,NULL,NULL,'2026-03-02 09:00:00.000000','UBOB');
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
INSERT INTO "shift" VALUES(1,1,1,'UALICE','2026-03-02 09:00:00.000000','2026-03-09 09:00:00.000000','confirmed','rotation',2,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(2,1,1,'UBOB','2026-03-09 09:00:00.000000','2026-03-10 17:00:00.000000','confirmed','rotation',3,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(4,1,1,'UALICE','2026-03-23 15:00:00.000000','2026-03-30 09:00:00.000000','confirmed','rotation',3,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(5,1,1,'UBOB','2026-03-30 09:00:00.000000','2026-04-06 09:00:00.000000','confirmed','rotation',2,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(6,1,2,'UCAROL','2026-03-02 09:00:00.000000','2026-03-09 09:00:00.000000','confirmed','rotation',2,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(7,1,2,'UALICE','2026-03-09 09:00:00.000000','2026-03-16 09:00:00.000000','confirmed','rotation',2,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(8,1,2,'UCAROL','2026-03-16 09:00:00.000000','2026-03-23 09:00:00.000000','proposed','rotation',1,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(9,1,2,'UALICE','2026-03-23 09:00:00.000000','2026-03-30 09:00:00.000000','proposed','rotation',1,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(10,1,2,'UCAROL','2026-03-30 09:00:00.000000','2026-04-06 09:00:00.000000','proposed','rotation',1,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(11,1,1,'UCAROL','2026-03-10 17:00:00.000000','2026-03-11 05:00:00.000000','confirmed','person',1,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(12,1,1,'UBOB','2026-03-11 05:00:00.000000','2026-03-16 09:00:00.000000','confirmed','rotation',1,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(13,1,1,'UZOE','2026-03-23 05:00:00.000000','2026-03-23 15:00:00.000000','confirmed','person',1,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(14,2,3,'UBOB','2026-03-03 09:00:00.000000','2026-03-05 09:00:00.000000','confirmed','person',1,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(15,2,3,'UCAROL','2026-03-05 09:00:00.000000','2026-03-07 09:00:00.000000','confirmed','person',1,'2026-03-02 09:00:00.000000');
INSERT INTO "shift" VALUES(16,1,1,'UBOB','2026-03-16 09:00:00.000000','2026-03-23 05:00:00.000000','confirmed','person',1,'2026-03-02 10:00:00.000000');
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
INSERT INTO "team" VALUES(1,1,'93c34eba-244f-401d-ae46-e6b9b7ac1cf2','Payments team','payments team');
INSERT INTO "team" VALUES(2,1,'8ba18b12-7f34-493a-9d33-6c3a12226bc1','Finding','finding');
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
INSERT INTO "webhook" VALUES(1,1,'Pager room','https://hooks.example.com/services/T1/B1/for-tests','[]','gAAAAABrDDioKd2FOXCYUyBwr4Ohfhq_JkUPgH3J5HsLEg0nKHJl4EQzTEsOrzaaBgeo70fqB1W8mYI7uJ8BGV_WopGIo4uc7_qYpA5nl2f7BE0B2SYCBR_datnkAetUsxX6MzveHu0ZSvogzHn7RFUVlj__iLn5Dg==',NULL,NULL,'2026-03-02 10:00:00.000000','UALICE',NULL);
INSERT INTO "webhook" VALUES(2,1,'Finding only','https://hooks.example.org/baton','[2]','gAAAAABrDDioXQ1ytRoRhnLSN_SfCNbNlV8gjwF66iQZfeqREF0DJLnVJOh4DTf2cJmEiDXgmlvRQQqM-LW2rR34iCxB6wTZzvu9a_s17RdolZrU8re_4GyrmSBpHX0ugYhEsIW7pzSBQOjJuRXxL-C7zj1t5W61Nw==','gAAAAABrDDioJpp5grM5RHGQXRlAu_-RCxsu9z5s0vBX1r6iA-xdTi4r6G5CTw5KYBAhjGRVb2oUhXQ4SRMMujp6AMH_wv_5bd_of4radfQxIACiNh-KsEqs07OjCXCaaKiaUQ8WEo7zarcTRNETNeoH-latmWovDA==','2026-03-03 10:00:00.000000','2026-03-02 10:00:00.000000','UBOB',NULL);
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
INSERT INTO "workspace" VALUES(1,'','T1','Acme',NULL,'2026-03-02 09:00:00.000000');
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
INSERT INTO "sqlite_sequence" VALUES('rotation',2);
INSERT INTO "sqlite_sequence" VALUES('shift',16);
INSERT INTO "sqlite_sequence" VALUES('cover_request',2);
COMMIT;
