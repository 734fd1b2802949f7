const BYTES = 200

/** Cut so that no character is split. */
function cut(text: string, bytes: number): string {
  let kept = ''
  let size = 0
  for (const character of text) {
    size += Buffer.byteLength(character)
    if (size > bytes) break
    kept += character
  }
  return kept
}

/** What a person knows the file by, fit for every file system: no path, no control or direction-changing characters, at most 200 bytes, its ending kept. */
export function safeName(given: string, fallback = 'download'): string {
  const last = given.replace(/[\\/]+$/, '').split(/[\\/]/).at(-1) ?? ''
  const name = last
    .normalize('NFC')
    // oxlint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/[<>:"|?*]|\p{Cs}/gu, '_')
    .trim()
    .replace(/^\.+|[. ]+$/g, '')
  if (name === '') return fallback
  const [ending = ''] = /\.[^.]{1,16}$/.exec(name) ?? []
  return Buffer.byteLength(name) <= BYTES ? name : cut(name.slice(0, name.length - ending.length), BYTES - Buffer.byteLength(ending)).trimEnd() + ending
}

/** The name with this ending, which it gets when it has not. */
export const named = (name: string, ending: string): string => {
  const safe = safeName(name)
  return safe.toLowerCase().endsWith(ending) ? safe : safeName(safe + ending)
}
