ALTER TABLE `webhook_deliveries` ADD `asked_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `webhook_deliveries` SET `asked_at` = `created_at`;