CREATE TABLE `job_run_events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`org` text NOT NULL,
	`job_run_id` text NOT NULL,
	`job_id` text NOT NULL,
	`type` text NOT NULL,
	`error` text,
	`at` integer NOT NULL,
	FOREIGN KEY (`job_run_id`) REFERENCES `job_runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `job_run_events_job_run` ON `job_run_events` (`job_run_id`,`seq`);--> statement-breakpoint
CREATE TABLE `job_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`job_id` text NOT NULL,
	`job_name` text NOT NULL,
	`status` text NOT NULL,
	`snapshot` text NOT NULL,
	`inputs` text NOT NULL,
	`sealed_inputs` blob NOT NULL,
	`anyone_may_view` integer NOT NULL,
	`from_index` integer NOT NULL,
	`current_run_id` text,
	`current_index` integer,
	`error` text,
	`cancel_reason` text,
	`cancel_force` integer,
	`rerun_of` text,
	`created_by` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`updated_at` integer NOT NULL,
	`completed_at` integer,
	FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `job_runs_org` ON `job_runs` (`org`,`id`);--> statement-breakpoint
CREATE INDEX `job_runs_job` ON `job_runs` (`org`,`job_id`,`id`);--> statement-breakpoint
CREATE INDEX `job_runs_open` ON `job_runs` (`id`) WHERE completed_at IS NULL;--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`name` text NOT NULL,
	`source_provider` text,
	`config` text NOT NULL,
	`inputs` text NOT NULL,
	`sealed_inputs` blob NOT NULL,
	`created_by` text,
	`updated_by` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE INDEX `jobs_org` ON `jobs` (`org`,`id`);--> statement-breakpoint
ALTER TABLE `runs` ADD `job_index` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `runs_job` ON `runs` (`job_run_id`,`job_index`) WHERE job_run_id IS NOT NULL;