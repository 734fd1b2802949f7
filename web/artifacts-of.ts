import type { ActivityRunJson, ArtifactJson } from '../server/wire.ts'

const isPicture = ({ mimeType }: ArtifactJson): boolean => mimeType.startsWith('image/')

/** What the page showed when an activity run failed. */
export const screenshotOf = ({ error, artifacts }: ActivityRunJson): ArtifactJson | undefined => {
  const id = (error?.details as { screenshotArtifactId?: unknown } | undefined)?.screenshotArtifactId
  return artifacts.find((artifact) => artifact.id === id)
}

/** The newest picture of the page that a run left. */
export const lastPicture = (activityRuns: readonly ActivityRunJson[]): ArtifactJson | undefined =>
  activityRuns.flatMap(({ artifacts }) => artifacts.filter((artifact) => artifact.type === 'screenshot' && isPicture(artifact))).at(-1)

const ORDER = ['download', 'extracted_data', 'pdf', 'input_file', 'screenshot', 'video', 'log_file', 'trace']

/** What a run was made for comes first. */
export const inOrderOfUse = (artifacts: readonly ArtifactJson[]): ArtifactJson[] => artifacts.toSorted((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type))
