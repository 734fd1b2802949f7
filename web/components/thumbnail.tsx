import { useState } from 'react'
import type { ArtifactJson } from '../../server/wire.ts'
import { contentAddress } from '../api/artifacts.ts'
import { client } from '../here.ts'
import { PictureView } from './picture-view.tsx'

/** A picture that a run left, small; and large when it is asked for. */
export const Thumbnail = ({ artifact, label }: { artifact: ArtifactJson; label: string }) => {
  const [isLarge, setLarge] = useState(false)
  const src = contentAddress(client, artifact)
  return (
    <>
      <button type="button" className="picture-button thumbnail" aria-label={`${label}, larger`} onClick={() => setLarge(true)}>
        <img src={src} alt={label} loading="lazy" />
      </button>
      <PictureView title={label} src={src} opened={isLarge} onClose={() => setLarge(false)} />
    </>
  )
}
