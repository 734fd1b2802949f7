ALTER TABLE `activity_runs` ADD `sealed_config` blob;--> statement-breakpoint
ALTER TABLE `runs` ADD `sees_all_runs` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `workflows` ADD `permissions` text;--> statement-breakpoint
UPDATE `workflows` SET `permissions` = (
	SELECT json_extract(node.value, '$.config.permissions')
	FROM `workflow_versions` AS version, json_each(version.definition, '$.nodes') AS node
	WHERE version.workflow_id = `workflows`.`id` AND version.version = `workflows`.`version` AND json_extract(node.value, '$.config.type') = 'SELF_SERVE_TRIGGER'
	ORDER BY node.key LIMIT 1
);
