-- Schedules that 0008 made of triggers begin with nothing; what they say stands in the workflows.
UPDATE `schedules` SET
	`inputs` = coalesce(json_extract(`node`.`value`, '$.config.inputs'), `inputs`),
	`overlap` = coalesce(json_extract(`node`.`value`, '$.config.overlap'), `overlap`),
	`catch_up` = coalesce(json_extract(`node`.`value`, '$.config.catchUp'), `catch_up`)
	FROM `workflows`, `workflow_versions`, json_each(`workflow_versions`.`definition`, '$.nodes') AS `node`
	WHERE `schedules`.`kind` = 'trigger' AND `workflows`.`id` = `schedules`.`target_id` AND `workflow_versions`.`workflow_id` = `workflows`.`id`
		AND `workflow_versions`.`version` = `workflows`.`version` AND json_extract(`node`.`value`, '$.identifier') = `schedules`.`node_id`;
