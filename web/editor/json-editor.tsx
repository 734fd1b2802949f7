import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language'
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { codeStyle } from './code-style.ts'
import type { Mark } from './places.ts'

type Props = {
  /** What is in it at first; from then on it is its own master. */
  text: string
  marks: readonly Mark[]
  onReady: (view: EditorView | null) => void
  onChange: (text: string) => void
  /** Somebody has put the cursor elsewhere by hand. */
  onCursor: (offset: number) => void
}

/** A change that was made elsewhere, as CodeMirror calls such things. */
export const FORM_EVENT = 'input.type.form'

/** What says how the keyboard leaves it: the Tab key indents. */
export const LEAVES_ID = 'json-leaves'

/** JSON as text. Escape, then Tab leaves it by the keyboard. */
export const JsonEditor = ({ text, marks, onReady, onChange, onCursor }: Props) => {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const told = useRef({ onReady, onChange, onCursor })
  told.current = { onReady, onChange, onCursor }
  const first = useRef(text)
  useEffect(() => {
    const made = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches({ minSelectionLength: 3 }),
          json(), codeStyle, EditorState.tabSize.of(2), EditorView.lineWrapping,
          keymap.of([...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, indentWithTab, ...defaultKeymap]),
          EditorView.contentAttributes.of({ 'aria-label': 'Definition as JSON', 'aria-describedby': LEAVES_ID, spellcheck: 'false', tabindex: '0' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) told.current.onChange(update.state.doc.toString())
            if (update.transactions.some((transaction) => (transaction.isUserEvent('select') || transaction.isUserEvent('input') || transaction.isUserEvent('delete')) && !transaction.isUserEvent(FORM_EVENT))) told.current.onCursor(update.state.selection.main.head)
          }),
        ], // prettier-ignore
      }),
    })
    view.current = made
    told.current.onReady(made)
    return () => {
      told.current.onReady(null)
      made.destroy()
    }
  }, [])
  useEffect(() => {
    const made = view.current
    if (!made) return
    const end = made.state.doc.length
    made.dispatch(setDiagnostics(made.state, marks.map(({ from, to, message }) => ({ from: Math.min(from, end), to: Math.min(to, end), severity: 'error', message }))))
  }, [marks])
  return <div className="json-editor" ref={place} />
}
