ALTER TABLE `webhook_deliveries` ADD `job_run_id` text REFERENCES job_runs(id) ON DELETE cascade;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_job_order` ON `webhook_deliveries` (`webhook_id`,`job_run_id`,`id`) WHERE job_run_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_job_run` ON `webhook_deliveries` (`job_run_id`) WHERE job_run_id IS NOT NULL;--> statement-breakpoint
ALTER TABLE `webhooks` ADD `from_job_seq` integer DEFAULT 0 NOT NULL;