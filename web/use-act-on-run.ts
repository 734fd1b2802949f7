import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import type { RunJson } from '../server/wire.ts'
import { cancelRun, rerunRun, type RerunFrom } from './api/runs.ts'
import { client } from './here.ts'

const tell = (error: Error): void => void notifications.show({ title: 'That did not work', message: error.message, color: 'red' })

/** Runs again what `run` was, and goes to the new run. */
export const useRerun = (run: Pick<RunJson, 'id'>) => {
  const [, navigate] = useLocation()
  return useMutation({ mutationFn: (from: RerunFrom) => rerunRun(client, run.id, from), onSuccess: ({ identifier }) => navigate(`/runs/${identifier}`), onError: tell })
}

export const useCancel = (run: Pick<RunJson, 'id'>) => {
  const queries = useQueryClient()
  return useMutation({ mutationFn: () => cancelRun(client, run.id), onSuccess: () => void queries.invalidateQueries({ queryKey: ['run', run.id] }), onError: tell })
}
