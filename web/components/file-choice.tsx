import { MultiSelect, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { FileValue } from '../../runner/model/artifact.ts'
import type { InputProperty } from '../../runner/model/user-inputs.ts'
import type { ArtifactJson } from '../../server/wire.ts'
import { listNewestArtifacts } from '../api/artifacts.ts'
import { client } from '../here.ts'
import { bytes, moment } from '../words.ts'

type Props = { name: string; property: InputProperty; value: unknown; required: boolean; error: string | undefined; onChange: (value: unknown) => void }

/** What workflows hand on to each other; traces and pictures of failures are for people. */
const HANDED_ON = new Set<ArtifactJson['type']>(['input_file', 'download', 'pdf', 'extracted_data', 'screenshot'])

const toValue = ({ id, displayName, mimeType, fileSizeBytes, fileHash }: ArtifactJson): FileValue => ({ artifactId: id, name: displayName, mimeType, sizeBytes: fileSizeBytes, sha256: fileHash })

const filesOf = (value: unknown): FileValue[] => [value].flat().filter((file): file is FileValue => typeof file === 'object' && file !== null && 'artifactId' in file)

/** A file for later: one that a run was given or has left. Nothing runs yet that one of the reader's own could be sent to. */
export const FileChoice = ({ name, property, value, required, error, onChange }: Props) => {
  const { data } = useQuery({ queryKey: ['artifacts', 'newest'], queryFn: () => listNewestArtifacts(client), staleTime: 10_000 })
  const chosen = filesOf(value)
  const known = new Map(chosen.map((file) => [file.artifactId, { file, label: file.name }]))
  for (const artifact of data ?? []) if (HANDED_ON.has(artifact.type)) known.set(artifact.id, { file: toValue(artifact), label: `${artifact.displayName} · ${bytes(artifact.fileSizeBytes)} · ${moment(artifact.createdAt)}` })
  const isNone = data !== undefined && known.size === 0
  const rest = {
    label: property.title ?? name,
    description: isNone ? 'There is no file to choose yet: start the workflow once with it, then choose it here.' : 'One that a run was started with or has left. It is kept as long as it is named here.',
    data: [...known].map(([id, { label }]) => ({ value: id, label })),
    placeholder: 'Choose a file',
    nothingFoundMessage: 'No file is called that',
    searchable: true,
    clearable: true,
    limit: 50,
    disabled: isNone,
    required,
    error,
  }
  const fileOf = (id: string): FileValue | undefined => known.get(id)?.file
  return property.type === 'array' ? (
    <MultiSelect {...rest} value={chosen.map(({ artifactId }) => artifactId)} onChange={(ids) => onChange(ids.length === 0 ? undefined : ids.map(fileOf))} />
  ) : (
    <Select {...rest} value={chosen[0]?.artifactId ?? null} onChange={(id) => onChange(id === null ? undefined : fileOf(id))} />
  )
}
