export function isWebCurrent(root: string): boolean
export function buildWeb(root: string): Promise<void>
