CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`webhook_id` text NOT NULL,
	`lane` text NOT NULL,
	`run_id` text,
	`event_id` text NOT NULL,
	`type` text NOT NULL,
	`state` text,
	`current_state_name` text,
	`subject_id` text,
	`at` integer NOT NULL,
	`status` text NOT NULL,
	`next_at` integer,
	`attempts` integer NOT NULL,
	`history` text NOT NULL,
	`response` text,
	`created_at` integer NOT NULL,
	`completed_at` integer,
	FOREIGN KEY (`webhook_id`) REFERENCES `webhooks`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_webhook` ON `webhook_deliveries` (`webhook_id`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_status` ON `webhook_deliveries` (`webhook_id`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_order` ON `webhook_deliveries` (`webhook_id`,`run_id`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`lane`,`next_at`) WHERE next_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_run` ON `webhook_deliveries` (`run_id`) WHERE run_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_completed` ON `webhook_deliveries` (`completed_at`) WHERE completed_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`run_id` text,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`workflow_id` text,
	`description` text,
	`enabled` integer NOT NULL,
	`disabled_reason` text,
	`lane` text NOT NULL,
	`from_seq` integer NOT NULL,
	`viewer_id` text,
	`sees_all_runs` integer NOT NULL,
	`sealed_secret` blob,
	`sealed_old_secret` blob,
	`old_secret_until` integer,
	`created_by` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `webhooks_org` ON `webhooks` (`org`,`id`);--> statement-breakpoint
CREATE INDEX `webhooks_run` ON `webhooks` (`run_id`) WHERE run_id IS NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `purged_at` integer;--> statement-breakpoint
CREATE INDEX `runs_completed` ON `runs` (`completed_at`) WHERE completed_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `runs_purged` ON `runs` (`id`) WHERE purged_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `job_runs_completed` ON `job_runs` (`completed_at`) WHERE completed_at IS NOT NULL;