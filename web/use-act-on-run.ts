import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import type { RunJson } from '../server/wire.ts'
import { cancelRun, rerunRun, type RerunFrom } from './api/runs.ts'
import { client } from './here.ts'
import { tellFailed } from './tell.ts'

/** Runs again what `run` was, and goes to the new run. */
export const useRerun = (run: Pick<RunJson, 'id'>) => {
  const [, navigate] = useLocation()
  return useMutation({ mutationFn: (from: RerunFrom) => rerunRun(client, run.id, from), onSuccess: ({ identifier }) => navigate(`/runs/${identifier}`), onError: tellFailed })
}

export const useCancel = (run: Pick<RunJson, 'id'>) => {
  const queries = useQueryClient()
  return useMutation({ mutationFn: () => cancelRun(client, run.id), onSuccess: () => void queries.invalidateQueries({ queryKey: ['run', run.id] }), onError: tellFailed })
}
