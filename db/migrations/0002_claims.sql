DROP INDEX `activity_runs_claim`;--> statement-breakpoint
ALTER TABLE `activity_runs` ADD `node_uid` text;--> statement-breakpoint
CREATE INDEX `activity_runs_claim` ON `activity_runs` (`installation_id`,`node_uid`,`id`) WHERE installation_id IS NOT NULL AND acknowledged_at IS NULL AND status = 'waiting';