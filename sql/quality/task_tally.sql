-- Open tasks by place, by who must act and by kind.
-- 待办任务汇总：按县、乡镇、承办机构和任务
-- grain: area_code, town_code, assignee_org, task_kind

select
    task.area_code,  -- 县
    task.town_code,  -- 乡镇（空为不分乡镇）
    task.assignee_org,  -- 承办机构（县级任务为县）
    task.task_kind,  -- 任务
    min(task.task_zh) as task_zh,  -- 任务名称
    cast(sum(case when task.state = 'due' then 1 else 0 end) as bigint) as due_count,  -- 待办
    cast(sum(case when task.state = 'overdue' then 1 else 0 end) as bigint) as overdue_count,  -- 逾期
    min(task.due_on) as oldest_due_on  -- 最早期限
from quality.task as task
group by
    task.area_code,
    task.town_code,
    task.assignee_org,
    task.task_kind
