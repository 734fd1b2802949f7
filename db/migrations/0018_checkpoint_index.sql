DROP INDEX `checkpoints_run`;--> statement-breakpoint
CREATE INDEX `checkpoints_order` ON `checkpoints` (`run_id`,`seq`,`activity_run_id`);