import { json } from '@codemirror/lang-json'
import { MergeView, unifiedMergeView } from '@codemirror/merge'
import { EditorState } from '@codemirror/state'
import { EditorView, lineNumbers } from '@codemirror/view'
import { useMediaQuery } from '@mantine/hooks'
import { useEffect, useRef } from 'react'
import { codeStyle } from '../editor/code-style.ts'

const readOnly = (label: string) => [lineNumbers(), json(), codeStyle, EditorView.lineWrapping, EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' })]
const COLLAPSE = { margin: 3, minSize: 6 }

type Side = { label: string; text: string }

/** What differs between two texts: side by side where there is room. */
export default function TextDiff({ before, after }: { before: Side; after: Side }) {
  const place = useRef<HTMLDivElement>(null)
  const isNarrow = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false })
  useEffect(() => {
    const made = isNarrow
      ? new EditorView({ parent: place.current!, doc: after.text, extensions: [readOnly(after.label), unifiedMergeView({ original: before.text, mergeControls: false, collapseUnchanged: COLLAPSE })] })
      : new MergeView({ parent: place.current!, a: { doc: before.text, extensions: readOnly(before.label) }, b: { doc: after.text, extensions: readOnly(after.label) }, collapseUnchanged: COLLAPSE })
    return () => made.destroy()
  }, [before.text, before.label, after.text, after.label, isNarrow])
  return <div className="text-diff" ref={place} />
}
