ALTER TABLE `input_requests` ADD `told_at` integer;--> statement-breakpoint
UPDATE `input_requests` SET `told_at` = `created_at`;
