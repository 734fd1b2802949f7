ALTER TABLE `input_requests` ADD `told_at` integer;--> statement-breakpoint
UPDATE `input_requests` SET `told_at` = `created_at` WHERE `status` <> 'pending' OR `run_id` IN (SELECT `id` FROM `runs` WHERE `state` = 'AWAITING_USER_INPUT');
