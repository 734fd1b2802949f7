import { ActionIcon, Tooltip } from '@mantine/core'
import { Download as IconDownload, File as IconFile, FileBraces as IconJson, FileSpreadsheet as IconFileTypeCsv, FileText as IconFileTypePdf, Image as IconPhoto, Route as IconRoute } from 'lucide-react'
import { Suspense, useState } from 'react'
import type { ArtifactJson } from '../../server/wire.ts'
import { contentAddress, traceAddress } from '../api/artifacts.ts'
import { fetched } from '../fetched.tsx'
import { previewOf } from '../file-kind.ts'
import { client } from '../here.ts'
import { bytes } from '../words.ts'
import { Boundary } from './boundary.tsx'
import { PictureView } from './picture-view.tsx'

const FilePreview = fetched(() => import('./file-preview.tsx'))

const ICONS = { picture: IconPhoto, csv: IconFileTypeCsv, json: IconJson, pdf: IconFileTypePdf, text: IconFile, trace: IconRoute, none: IconFile }
const ACTIONS = { picture: 'Show', csv: 'Show', json: 'Show', pdf: 'Show', text: 'Show', trace: 'Open the trace', none: 'Download' }

/** A file that a run left: what it is, a look into it where there can be one, and the file itself. */
export const FileItem = ({ artifact }: { artifact: ArtifactJson }) => {
  const [isOpen, setOpen] = useState(false)
  const kind = previewOf(artifact)
  const Icon = ICONS[kind]
  const address = contentAddress(client, artifact)
  const { displayName, fileSizeBytes } = artifact
  const inner = (
    <>
      <span className="sr-only">{ACTIONS[kind]} </span>
      {kind === 'picture' ? <img src={address} alt="" loading="lazy" className="file-picture" /> : <Icon size={26} strokeWidth={1.4} className="file-icon" aria-hidden />}
      <span className="file-text">
        <span className="file-name">{displayName}</span>
        <span className="faint">{bytes(fileSizeBytes)}</span>
      </span>
    </>
  )
  return (
    <div className="file">
      {kind === 'trace' ? (
        <a className="file-main" href={traceAddress(client, artifact)} target="_blank" rel="noreferrer">
          {inner}
        </a>
      ) : kind === 'none' ? (
        <a className="file-main" href={address} download={displayName}>
          {inner}
        </a>
      ) : (
        <button type="button" className="file-main" onClick={() => setOpen(true)}>
          {inner}
        </button>
      )}
      <Tooltip label="Download">
        <ActionIcon component="a" href={address} download={displayName} variant="subtle" color="gray" aria-label={`Download ${displayName}`}>
          <IconDownload size={16} />
        </ActionIcon>
      </Tooltip>
      {kind === 'picture' && <PictureView title={displayName} src={address} opened={isOpen} onClose={() => setOpen(false)} />}
      {isOpen && kind !== 'picture' && kind !== 'trace' && kind !== 'none' && (
        <Boundary what="The file cannot be shown.">
          <Suspense fallback={null}>
            <FilePreview artifact={artifact} kind={kind} onClose={() => setOpen(false)} />
          </Suspense>
        </Boundary>
      )}
    </div>
  )
}
