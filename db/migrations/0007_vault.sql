CREATE TABLE `otp_codes` (
	`id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`account` text NOT NULL,
	`sealed` blob NOT NULL,
	`created_by` text,
	`created_at` integer NOT NULL,
	`input_request_id` text
);
--> statement-breakpoint
CREATE INDEX `otp_codes_account` ON `otp_codes` (`org`,`account`,`created_at`);--> statement-breakpoint
CREATE TABLE `secrets` (
	`org` text NOT NULL,
	`name` text NOT NULL,
	`sealed` blob NOT NULL,
	`created_by` text,
	`updated_by` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`org`, `name`)
);
--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_sessions` (
	`org` text NOT NULL,
	`name` text NOT NULL,
	`workflow_id` text,
	`sealed` blob,
	`saved_at` integer,
	`checked_at` integer,
	`expires_at` integer,
	`login_run_id` text,
	`failed_at` integer,
	`failure` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`org`, `name`)
);
--> statement-breakpoint
INSERT INTO `__new_sessions`("org", "name", "workflow_id", "sealed", "saved_at", "checked_at", "expires_at", "login_run_id", "failed_at", "failure", "created_at", "updated_at") SELECT "org", "name", "workflow_id", "sealed", "updated_at", NULL, NULL, NULL, NULL, NULL, "created_at", "updated_at" FROM `sessions`;--> statement-breakpoint
DROP TABLE `sessions`;--> statement-breakpoint
ALTER TABLE `__new_sessions` RENAME TO `sessions`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `sessions_workflow` ON `sessions` (`workflow_id`);--> statement-breakpoint
CREATE INDEX `sessions_login_run` ON `sessions` (`login_run_id`);--> statement-breakpoint
ALTER TABLE `input_requests` ADD `account` text;--> statement-breakpoint
ALTER TABLE `input_requests` ADD `codes_since` integer;--> statement-breakpoint
CREATE INDEX `input_requests_account` ON `input_requests` (`org`,`account`) WHERE account IS NOT NULL AND status = 'pending';--> statement-breakpoint
ALTER TABLE `runs` ADD `sealed_secrets` blob;