ALTER TABLE `api_keys` ADD `person` text;--> statement-breakpoint
ALTER TABLE `schedules` ADD `sees_all_runs` integer DEFAULT false NOT NULL;