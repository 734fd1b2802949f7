import { useState } from 'react'
import { tellFailed } from './tell.ts'

const SHOWN_MS = 2_000

/** Who comes by plain HTTP, as in many an intranet, has no clipboard but the old one, which takes what is selected. */
const copySelected = (text: string): void => {
  const before = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'sr-only'
  // In the dialog, where there is one: it keeps the focus to itself.
  ;(before?.closest('[role=dialog]') ?? document.body).append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  if (before instanceof HTMLElement) before.focus()
  if (!isCopied) throw new Error('The browser does not let it be copied: select the text and copy it by hand.')
}

/** Puts a text into the clipboard. `copied` for a moment afterwards, so that it can be said. */
export const useCopy = (text: string): { copied: boolean; copy: () => void } => {
  const [copied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    // Missing where the connection is not trusted, whatever the type says.
    const clipboard = navigator.clipboard as Clipboard | undefined
    if (clipboard) await clipboard.writeText(text)
    else copySelected(text)
    setCopied(true)
    setTimeout(() => setCopied(false), SHOWN_MS)
  }
  return { copied, copy: () => void copy().catch(tellFailed) }
}
