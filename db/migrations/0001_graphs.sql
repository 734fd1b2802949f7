CREATE TABLE `audit_entries` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`at` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text,
	`action` text NOT NULL,
	`target_type` text,
	`target_id` text,
	`address` text,
	`status` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_entries_org` ON `audit_entries` (`org`,`id`);--> statement-breakpoint
CREATE TABLE `cursors` (
	`name` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `entities` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`blueprint` text NOT NULL,
	`identifier` text NOT NULL,
	`title` text,
	`icon` text,
	`team` text NOT NULL,
	`properties` text NOT NULL,
	`relations` text NOT NULL,
	`created_by` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `entities_identifier` ON `entities` (`org`,`blueprint`,`identifier`);--> statement-breakpoint
CREATE TABLE `entity_changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`org` text NOT NULL,
	`blueprint` text NOT NULL,
	`identifier` text NOT NULL,
	`action` text NOT NULL,
	`property` text,
	`before` text,
	`after` text,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `entity_timers` (
	`org` text NOT NULL,
	`blueprint` text NOT NULL,
	`identifier` text NOT NULL,
	`property` text NOT NULL,
	`due_at` integer NOT NULL,
	PRIMARY KEY(`org`, `blueprint`, `identifier`, `property`)
);
--> statement-breakpoint
CREATE INDEX `entity_timers_due` ON `entity_timers` (`due_at`);--> statement-breakpoint
CREATE TABLE `workflow_triggers` (
	`workflow_id` text NOT NULL,
	`org` text NOT NULL,
	`node_id` text NOT NULL,
	`type` text NOT NULL,
	`blueprint` text,
	`next_at` integer,
	PRIMARY KEY(`workflow_id`, `node_id`)
);
--> statement-breakpoint
CREATE INDEX `workflow_triggers_event` ON `workflow_triggers` (`org`,`blueprint`);--> statement-breakpoint
CREATE INDEX `workflow_triggers_next` ON `workflow_triggers` (`next_at`);--> statement-breakpoint
ALTER TABLE `activity_runs` ADD `waits_for` text;--> statement-breakpoint
ALTER TABLE `activity_runs` ADD `report` text;--> statement-breakpoint
ALTER TABLE `activity_runs` ADD `external_run_id` text;--> statement-breakpoint
ALTER TABLE `activity_runs` ADD `links` text;--> statement-breakpoint
ALTER TABLE `activity_runs` ADD `installation_id` text;--> statement-breakpoint
ALTER TABLE `activity_runs` ADD `claimed_until` integer;--> statement-breakpoint
ALTER TABLE `activity_runs` ADD `acknowledged_at` integer;--> statement-breakpoint
CREATE INDEX `activity_runs_claim` ON `activity_runs` (`installation_id`,`claimed_until`) WHERE installation_id IS NOT NULL AND acknowledged_at IS NULL AND status = 'waiting';--> statement-breakpoint
CREATE INDEX `activity_runs_external` ON `activity_runs` (`external_run_id`) WHERE external_run_id IS NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `parent_activity_run_id` text;--> statement-breakpoint
CREATE INDEX `runs_parent` ON `runs` (`parent_activity_run_id`) WHERE parent_activity_run_id IS NOT NULL;