CREATE TABLE `workflow_hooks` (
	`workflow_id` text PRIMARY KEY NOT NULL,
	`org` text NOT NULL,
	`hash` text NOT NULL,
	`created_by` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workflow_hooks_hash` ON `workflow_hooks` (`hash`);--> statement-breakpoint
ALTER TABLE `workflow_triggers` ADD `schedule` text;