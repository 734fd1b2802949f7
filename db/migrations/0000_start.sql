CREATE TABLE `activity_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`node_id` text NOT NULL,
	`title` text,
	`kind` text NOT NULL,
	`type` text NOT NULL,
	`status` text NOT NULL,
	`attempt` integer NOT NULL,
	`iteration` text,
	`config` text,
	`outputs` text,
	`sealed_outputs` blob,
	`error` text,
	`matched_target` integer,
	`due_at` integer,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`updated_at` integer NOT NULL,
	`completed_at` integer,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `activity_runs_run` ON `activity_runs` (`run_id`,`id`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`name` text,
	`role` text NOT NULL,
	`is_machine` integer NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE TABLE `artifacts` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`run_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`activity_run_id` text,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`mime_type` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `artifacts_org` ON `artifacts` (`org`,`id`);--> statement-breakpoint
CREATE INDEX `artifacts_run` ON `artifacts` (`run_id`,`id`);--> statement-breakpoint
CREATE TABLE `checkpoints` (
	`activity_run_id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`sealed` blob NOT NULL,
	FOREIGN KEY (`activity_run_id`) REFERENCES `activity_runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `checkpoints_run` ON `checkpoints` (`run_id`,`activity_run_id`);--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` text NOT NULL,
	`activity_run_id` text,
	`type` text NOT NULL,
	`data` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `events_run` ON `events` (`run_id`,`seq`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`org` text NOT NULL,
	`caller` text NOT NULL,
	`call` text NOT NULL,
	`key` text NOT NULL,
	`body_hash` text NOT NULL,
	`run_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`org`, `caller`, `call`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_age` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `input_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`run_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`workflow_name` text,
	`activity_run_id` text NOT NULL,
	`step_name` text NOT NULL,
	`title` text NOT NULL,
	`description` text,
	`schema` text NOT NULL,
	`buttons` text NOT NULL,
	`responders` text,
	`status` text NOT NULL,
	`screenshot_artifact_id` text,
	`values` text,
	`sealed_values` blob,
	`button` text,
	`comments` text,
	`answered_by` text,
	`answered_at` integer,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `input_requests_org` ON `input_requests` (`org`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `input_requests_run` ON `input_requests` (`run_id`,`id`);--> statement-breakpoint
CREATE TABLE `run_counts` (
	`org` text NOT NULL,
	`workflow_id` text NOT NULL,
	`state` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`org`, `workflow_id`, `state`)
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`workflow_id` text NOT NULL,
	`workflow_version` integer NOT NULL,
	`workflow_identifier` text NOT NULL,
	`workflow_name` text,
	`trigger` text NOT NULL,
	`state` text NOT NULL,
	`status` text NOT NULL,
	`current_state_name` text,
	`inputs` text NOT NULL,
	`sealed_inputs` blob NOT NULL,
	`outputs` text,
	`error` text,
	`job_run_id` text,
	`rerun_of` text,
	`created_by` text,
	`fence` integer NOT NULL,
	`lease_until` integer,
	`wake_at` integer,
	`active_ms` integer DEFAULT 0 NOT NULL,
	`active_since` integer,
	`cancel_reason` text,
	`cancel_force` integer,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`updated_at` integer NOT NULL,
	`completed_at` integer,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `runs_org` ON `runs` (`org`,`id`);--> statement-breakpoint
CREATE INDEX `runs_status` ON `runs` (`org`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `runs_workflow` ON `runs` (`org`,`workflow_id`,`id`);--> statement-breakpoint
CREATE INDEX `runs_workflow_status` ON `runs` (`org`,`workflow_id`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `runs_open` ON `runs` (`id`) WHERE completed_at IS NULL;--> statement-breakpoint
CREATE INDEX `runs_wake` ON `runs` (`wake_at`) WHERE wake_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `sessions` (
	`org` text NOT NULL,
	`name` text NOT NULL,
	`workflow_id` text,
	`sealed` blob NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`org`, `name`)
);
--> statement-breakpoint
CREATE TABLE `workflow_versions` (
	`workflow_id` text NOT NULL,
	`version` integer NOT NULL,
	`definition` text NOT NULL,
	`created_by` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`workflow_id`, `version`),
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `workflows` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`identifier` text NOT NULL,
	`title` text,
	`version` integer NOT NULL,
	`allow_anyone_to_view_runs` integer NOT NULL,
	`created_by` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workflows_identifier` ON `workflows` (`org`,`identifier`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `workflows_org` ON `workflows` (`org`,`id`);