export function takeLock(root: string, say: (line: string) => void): Promise<() => void>
