import { isolateHistory, redo as redoCode, undo as undoCode } from '@codemirror/commands'
import type { EditorView } from '@codemirror/view'
import { useCallback, useMemo, useRef, useState } from 'react'
import { rewrite, stretchBetween } from './edit-json.ts'
import { FORM_EVENT } from './json-editor.tsx'
import { readJson, type Mark } from './places.ts'

export type Definition = {
  text: string
  /** What it says; what it said last, while it is no JSON. */
  value: Record<string, unknown>
  /** Why it is no JSON. */
  marks: Mark[]
  isJson: boolean
  setText: (text: string) => void
  /** Changes what it says, and of its text no more than that. Strokes in one field are undone together, anything else by itself. */
  change: (next: unknown, by?: 'typing') => void
  /** Begins with another text; that can be undone, too. */
  replace: (text: string) => void
  undo: () => void
  redo: () => void
  view: React.RefObject<EditorView | null>
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The definition that is edited. Its text is the truth; graph and forms are made from it and change it, so that one undo is good for all. */
export const useDefinition = (first: string): Definition => {
  const view = useRef<EditorView | null>(null)
  const [text, setText] = useState(first)
  const read = useMemo(() => readJson(text), [text])
  const last = useRef<Record<string, unknown>>({})
  const isJson = 'value' in read && isObject(read.value)
  if ('value' in read && isObject(read.value)) last.current = read.value
  const marks = useMemo(() => ('marks' in read ? read.marks : isObject(read.value) ? [] : [{ from: 0, to: text.length, message: 'A definition is an object: { … }.' }]), [read, text.length])
  const change = useCallback((next: unknown, by?: 'typing'): void => {
    const code = view.current
    if (!code) return
    const before = code.state.doc.toString()
    const changes = stretchBetween(before, rewrite(before, next))
    if (changes.from !== changes.to || changes.insert !== '') code.dispatch({ changes, userEvent: FORM_EVENT, ...(by !== 'typing' && { annotations: isolateHistory.of('full') }) })
  }, [])
  const replace = useCallback((next: string): void => {
    const code = view.current
    code?.dispatch({ changes: { from: 0, to: code.state.doc.length, insert: next }, userEvent: FORM_EVENT, annotations: isolateHistory.of('full') })
  }, [])
  const undo = useCallback((): void => void (view.current && undoCode(view.current)), [])
  const redo = useCallback((): void => void (view.current && redoCode(view.current)), [])
  return { text, value: last.current, marks, isJson, setText, change, replace, undo, redo, view }
}
