import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { parse } from 'papaparse'
import { useEffect, useState } from 'react'
import type { ArtifactJson } from '../../server/wire.ts'
import { getContent } from '../api/artifacts.ts'
import { client } from '../here.ts'
import { DataTable } from './data-table.tsx'
import { DataView } from './data-view.tsx'
import { Dialog } from './dialog.tsx'
import { Failure } from './failure.tsx'
import { Loading } from './loading.tsx'

type Kind = 'csv' | 'json' | 'pdf' | 'text'

const Csv = ({ text }: { text: string }) => {
  const { data } = parse<string[]>(text.replace(/^\ufeff/, ''), { skipEmptyLines: true })
  const [columns = [], ...rows] = data
  return rows.length === 0 ? (
    <Text size="sm">{columns.length === 0 ? 'The file is empty.' : `It has no rows, only the header: ${columns.join(', ')}`}</Text>
  ) : (
    <DataTable columns={columns} rows={rows} />
  )
}

const Json = ({ text }: { text: string }) => {
  try {
    return <DataView value={JSON.parse(text) as unknown} />
  } catch {
    return <pre className="file-lines">{text}</pre>
  }
}

/** From memory, and by its own type whatever the file says: a PDF is shown as one or not at all. */
const Pdf = ({ blob, name }: { blob: Blob; name: string }) => {
  const [address, setAddress] = useState<string | null>(null)
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([blob], { type: 'application/pdf' }))
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return address && <iframe src={address} title={name} className="file-pdf" />
}

export default function FilePreview({ artifact, kind, onClose }: { artifact: ArtifactJson; kind: Kind; onClose: () => void }) {
  const { data, error } = useQuery({
    queryKey: ['content', artifact.id],
    queryFn: async () => {
      const blob = await getContent(client, artifact.id)
      return { blob, text: kind === 'pdf' ? '' : await blob.text() }
    },
    staleTime: Infinity,
  })
  return (
    <Dialog opened onClose={onClose} title={artifact.displayName} size="min(1100px, 96vw)">
      {error ? (
        <Failure error={error} what="The file could not be read." />
      ) : !data ? (
        <Loading />
      ) : kind === 'csv' ? (
        <Csv text={data.text} />
      ) : kind === 'json' ? (
        <Json text={data.text} />
      ) : kind === 'pdf' ? (
        <Pdf blob={data.blob} name={artifact.displayName} />
      ) : (
        <pre className="file-lines">{data.text}</pre>
      )}
    </Dialog>
  )
}
