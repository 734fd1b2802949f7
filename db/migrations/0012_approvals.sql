ALTER TABLE `input_requests` ADD `answers` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `job_runs` ADD `sees_all_runs` integer DEFAULT false NOT NULL;