ALTER TABLE `checkpoints` ADD `seq` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `checkpoints` SET `seq` = coalesce((SELECT max(`events`.`seq`) FROM `events` WHERE `events`.`run_id` = `checkpoints`.`run_id` AND `events`.`activity_run_id` = `checkpoints`.`activity_run_id`
		AND `events`.`type` IN ('activity.waiting', 'activity.completed')), 0)
	WHERE `run_id` IN (SELECT `id` FROM `runs` WHERE `completed_at` IS NULL);
