CREATE TABLE `schedules` (
	`target_id` text NOT NULL,
	`node_id` text NOT NULL,
	`org` text NOT NULL,
	`kind` text NOT NULL,
	`cron` text,
	`once_at` integer,
	`timezone` text NOT NULL,
	`paused` integer NOT NULL,
	`overlap` text NOT NULL,
	`catch_up` text NOT NULL,
	`inputs` text NOT NULL,
	`sealed_inputs` blob,
	`next_at` integer,
	`set_at` integer NOT NULL,
	`queued` text,
	`last_at` integer,
	`last_run_id` text,
	`last_skipped_at` integer,
	`last_error` text,
	`revision` integer NOT NULL,
	`created_by` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`target_id`, `node_id`)
);
--> statement-breakpoint
CREATE INDEX `schedules_org` ON `schedules` (`org`,`target_id`);--> statement-breakpoint
CREATE INDEX `schedules_next` ON `schedules` (`next_at`) WHERE paused = 0;--> statement-breakpoint
CREATE INDEX `schedules_queued` ON `schedules` (`target_id`) WHERE queued IS NOT NULL;--> statement-breakpoint
INSERT INTO `schedules` ("target_id", "node_id", "org", "kind", "cron", "timezone", "paused", "overlap", "catch_up", "inputs", "next_at", "set_at", "revision", "created_at", "updated_at")
	SELECT "workflow_id", "node_id", "org", 'trigger', json_extract("schedule", '$.cron'), json_extract("schedule", '$.timezone'), 0, 'skip', 'latest', '{}', "next_at", unixepoch() * 1000, 1, unixepoch() * 1000, unixepoch() * 1000
	FROM `workflow_triggers` WHERE "schedule" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `__new_workflow_triggers` (
	`workflow_id` text NOT NULL,
	`org` text NOT NULL,
	`node_id` text NOT NULL,
	`type` text NOT NULL,
	`blueprint` text NOT NULL,
	PRIMARY KEY(`workflow_id`, `node_id`)
);
--> statement-breakpoint
INSERT INTO `__new_workflow_triggers`("workflow_id", "org", "node_id", "type", "blueprint") SELECT "workflow_id", "org", "node_id", "type", "blueprint" FROM `workflow_triggers` WHERE "blueprint" IS NOT NULL;--> statement-breakpoint
DROP TABLE `workflow_triggers`;--> statement-breakpoint
ALTER TABLE `__new_workflow_triggers` RENAME TO `workflow_triggers`;--> statement-breakpoint
CREATE INDEX `workflow_triggers_event` ON `workflow_triggers` (`org`,`blueprint`);