ALTER TABLE `api_keys` ADD `person` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `depth` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `schedules` ADD `sees_all_runs` integer DEFAULT false NOT NULL;