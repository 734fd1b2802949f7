import { jobWire, toJob } from '../job-wire.ts'
import { defineRoute } from '../route.ts'
import { addJob, jobBody } from '../save-job.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/jobs',
  tag: 'Jobs',
  summary: 'Save a new job: workflows that run one after the other.',
  allow: 'member',
  body: jobBody,
  answers: { 201: { description: 'The job.', schema: jobWire }, 422: { description: 'Some of its workflows cannot be started by it; `details` names them.' } },
  handle: async (services, { body, caller }) => {
    const saved = await addJob(services, caller, body)
    return { status: 201, headers: { location: `/api/v1/jobs/${saved.job.id}` }, body: toJob(saved, services.clock.now()) }
  },
})
