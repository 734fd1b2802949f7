import { useMutation, useQueryClient } from '@tanstack/react-query'
import { tellDone, tellFailed } from './tell.ts'

type Options<R> = {
  /** Told in passing when it is done. */
  done?: string
  /** What was read and is to be read again. */
  touches: readonly string[]
  onDone?: (result: R) => void
  /** The form that asked for it says itself what the API refused. */
  isInForm?: boolean
}

/** Something that is done by the API: tells how it went, and lets what it changed be read again. */
export const useAct = <V, R>(act: (given: V) => Promise<R>, { done, touches, onDone, isInForm = false }: Options<R>) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: (result: R) => {
      if (done) tellDone(done)
      for (const name of touches) void queries.invalidateQueries({ queryKey: [name] })
      onDone?.(result)
    },
    ...(!isInForm && { onError: tellFailed }),
  })
}
