import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { nonce } from '../here.ts'

/** How code looks, in light and dark: by the same variables as the rest of the page. */

const highlight = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-name)' },
  { tag: tags.string, color: 'var(--code-text)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: [tags.bool, tags.null], color: 'var(--code-number)', fontWeight: '600' },
  { tag: [tags.separator, tags.squareBracket, tags.brace], color: 'var(--dimmed)' },
])

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'transparent', color: 'var(--mantine-color-text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--dimmed)', border: 'none', paddingLeft: '4px' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 6%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--mantine-color-text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--code-selected)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'color-mix(in srgb, var(--accent) 22%, transparent)', outline: 'none' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--soft)', border: '1px solid var(--line)', color: 'var(--dimmed)', padding: '0 6px' },
  '.cm-tooltip': { backgroundColor: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)', border: '1px solid var(--line-strong)', borderRadius: '8px', overflow: 'hidden' },
  '.cm-diagnostic': { fontFamily: 'var(--mantine-font-family)', fontSize: '13px', padding: '6px 10px' },
  '.cm-diagnostic-error': { borderLeft: '4px solid var(--st-failed)' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--st-failed)', textUnderlineOffset: '3px' },
  '.cm-lint-marker-error': { content: 'none', width: '9px', height: '9px', borderRadius: '50%', backgroundColor: 'var(--st-failed)', margin: '5px 3px 0' },
  '.cm-panels': { backgroundColor: 'var(--soft)', color: 'var(--mantine-color-text)', borderColor: 'var(--line)' },
  '.cm-searchMatch': { backgroundColor: 'color-mix(in srgb, var(--st-waiting) 35%, transparent)' },
  '.cm-textfield': { backgroundColor: 'var(--mantine-color-body)', border: '1px solid var(--line-strong)', color: 'inherit', borderRadius: '6px' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--mantine-color-body)', border: '1px solid var(--line-strong)', color: 'inherit', borderRadius: '6px' },
  '.cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--st-completed) 8%, transparent)' },
  '.cm-changedText': { background: 'color-mix(in srgb, var(--st-completed) 16%, transparent) !important' },
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--st-failed) 8%, transparent)' },
  '&.cm-merge-a .cm-changedText': { background: 'color-mix(in srgb, var(--st-failed) 16%, transparent) !important' },
  '.cm-changeGutter': { width: '3px', paddingLeft: '0' },
  '&.cm-merge-a .cm-changedLineGutter, .cm-deletedLineGutter': { background: 'var(--st-failed)' },
  '&.cm-merge-b .cm-changedLineGutter, .cm-changedLineGutter': { background: 'var(--st-completed)' },
  '.cm-deletedChunk': { backgroundColor: 'color-mix(in srgb, var(--st-failed) 8%, transparent) !important' },
  '.cm-deletedChunk .cm-deletedText, .cm-deletedText': { background: 'color-mix(in srgb, var(--st-failed) 16%, transparent) !important' },
  '.cm-collapsedLines': { background: 'var(--soft)', color: 'var(--dimmed)', padding: '4px 12px', fontFamily: 'var(--mantine-font-family)' },
  '.cm-collapsedLines:before': { content: '"⋯"', color: 'var(--dimmed)' },
  '.cm-collapsedLines:after': { content: '""' },
})

export const codeStyle = [theme, syntaxHighlighting(highlight), EditorView.cspNonce.of(nonce)]
