/** What kind of file a run left (contract, section 12). */
export const ARTIFACT_TYPES = ['screenshot', 'download', 'pdf', 'extracted_data', 'trace', 'video', 'input_file', 'log_file'] as const
export type ArtifactType = (typeof ARTIFACT_TYPES)[number]

/** A file that a run left, as the store knows it. The bytes lie under `DATA_DIR/artifacts`, named by `id`. */
export type Artifact = {
  id: string
  type: ArtifactType
  name: string
  mimeType: string
  sizeBytes: number
  /** SHA-256 of the bytes, in hex. */
  sha256: string
}

/** How an artifact appears in a step's output and in a file input. */
export type FileValue = { artifactId: string; name: string; mimeType: string; sizeBytes: number; sha256: string }

export const toFileValue = ({ id, name, mimeType, sizeBytes, sha256 }: Artifact): FileValue => ({
  artifactId: id,
  name,
  mimeType,
  sizeBytes,
  sha256,
})
