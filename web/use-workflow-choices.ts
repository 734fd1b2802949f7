import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { WorkflowJson } from '../server/wire.ts'
import { listWorkflows } from './api/workflows.ts'
import { client } from './here.ts'

const AT_ONCE = 100
const TYPING_MS = 250

export type WorkflowChoice = { id: string; identifier: string; label: string }

const choiceOf = ({ id, identifier, title }: WorkflowJson): WorkflowChoice => ({ id, identifier, label: title ?? identifier })

/** Workflows to choose from: the newest, and those that a search finds where there are more. */
export const useWorkflowChoices = (): { setSearch: (search: string) => void; choices: WorkflowChoice[] } => {
  const [search, setSearch] = useState('')
  const [settled] = useDebouncedValue(search.trim(), TYPING_MS)
  const newest = useQuery({ queryKey: ['workflows', 'all'], queryFn: () => listWorkflows(client, { limit: AT_ONCE }) }).data
  const isMore = (newest?.pagination.total ?? 0) > AT_ONCE
  const found = useQuery({ queryKey: ['workflows', 'called', settled], queryFn: ({ signal }) => listWorkflows(client, { search: settled, limit: AT_ONCE }, signal), enabled: isMore && settled !== '' }).data
  const all = new Map([...(newest?.workflows ?? []), ...(found?.workflows ?? [])].map((workflow) => [workflow.id, workflow]))
  return { setSearch, choices: [...all.values()].map(choiceOf) }
}
