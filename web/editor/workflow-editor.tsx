import { Anchor, Breadcrumbs, Button, SegmentedControl } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { EditorView } from '@codemirror/view'
import { Plus as IconPlus } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import type { Edge } from '../../runner/model/graph.ts'
import { listSecrets } from '../api/secrets.ts'
import { listStepTypes, workflowSchema } from '../api/workflows.ts'
import { client } from '../here.ts'
import { addNode, connect, disconnect, drawable, indexOfNode, lastNode, removeNode, renameNode } from './edit-body.ts'
import { FaultList } from './fault-list.tsx'
import { JsonEditor, LEAVES_ID } from './json-editor.tsx'
import { knownValues } from './known-values.ts'
import { newConfig } from './new-config.ts'
import { NodePanel } from './node-panel.tsx'
import { partsOf, pathAt, placeOf, placesOf } from './places.ts'
import { nodeAt, pathOfScope, placeOfNode, valueAt, withValueAt, type Scope } from './scope.ts'
import { StepPicker } from './step-picker.tsx'
import type { Definition } from './use-definition.ts'
import type { Checked } from './use-faults.ts'
import { WorkflowPanel } from './workflow-panel.tsx'
import WorkflowGraph from '../components/workflow-graph.tsx'
import { isObject, type Raw } from '../is-object.ts'

type Pane = 'graph' | 'form' | 'json'

const refuse = (why: string): void => void notifications.show({ message: why, color: 'orange' })
/** Somebody who has added a step goes on in its form; the picker gives the focus back to its button first. */
const focusForm = (): void => void setTimeout(() => document.getElementById('node-title')?.focus(), 300)
const PANES = [{ value: 'graph', label: 'Graph' }, { value: 'form', label: 'Form' }, { value: 'json', label: 'JSON' }]

/** A definition as a graph, as forms and as JSON, side by side: three views of one text. */
export const WorkflowEditor = ({ definition, checked }: { definition: Definition; checked: Checked }) => {
  const { text, value, marks, isJson, change, undo, redo, view } = definition
  const stepTypes = useQuery({ queryKey: ['step-types'], queryFn: () => listStepTypes(client), staleTime: Infinity }).data ?? []
  const schema = useQuery({ queryKey: ['workflow-schema'], queryFn: () => workflowSchema(client), staleTime: Infinity }).data
  const secrets = useQuery({ queryKey: ['secrets', 'names'], queryFn: async () => (await listSecrets(client, { limit: 100 })).secrets.map(({ name }) => name), staleTime: 60_000, retry: false }).data
  // A link may lead to a step: `?step=open`.
  const wanted = useSearchParams()[0].get('step')
  const [first] = useState(() => (wanted === null ? null : placeOfNode(value, wanted)))
  const [scope, setScope] = useState<Scope>(first?.scope ?? [])
  const [selected, setSelected] = useState<string | null>(first?.node ?? null)
  const addButton = useRef<HTMLButtonElement>(null)
  const [isAdding, setAdding] = useState(false)
  const [pane, setPane] = useState<Pane>(first ? 'form' : 'graph')
  const isNarrow = useMediaQuery('(max-width: 1180px)', false, { getInitialValueInEffect: false })

  const scopePath = pathOfScope(value, scope) ?? []
  const inside = valueAt(value, scopePath)
  const body: Raw = isObject(inside) ? inside : {}
  const prefix = scopePath.reduce<string>((path, part) => (typeof part === 'number' ? `${path}[${part}]` : `${path}${path && '.'}${part}`), '')
  const index = selected === null ? -1 : indexOfNode(body, selected)
  const found = index < 0 ? undefined : valueAt(body, ['nodes', index])
  const node = isObject(found) ? found : null
  const pathOfNode = `${prefix}${prefix && '.'}nodes[${index}]`

  const entries = useMemo(() => (isJson ? placesOf(text, checked.faults).map((mark, at) => ({ ...mark, path: checked.faults[at]!.path })) : marks), [text, isJson, checked.faults, marks])
  const faultsByNode = useMemo(() => {
    const counts = new Map<string, number>()
    for (const { path } of checked.faults) {
      const parts = partsOf(path)
      if (!scopePath.every((part, at) => parts[at] === part) || parts[scopePath.length] !== 'nodes') continue
      const name = valueAt(body, ['nodes', parts[scopePath.length + 1] ?? -1, 'identifier'])
      if (typeof name === 'string') counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return counts
    // oxlint-disable-next-line react/exhaustive-deps -- the path of the scope follows from these
  }, [checked.faults, body])

  const known = useMemo(() => (selected === null ? [] : knownValues(value, scope, selected, secrets ?? [])), [value, scope, selected, secrets])

  const changeBody = (next: unknown, by?: 'typing'): void => change(withValueAt(value, scopePath, next), by)
  const showInText = useCallback(
    (path: (string | number)[]): void => {
      const code = view.current
      const place = code && placeOf(code.state.doc.toString(), path)
      if (code && place) code.dispatch({ effects: EditorView.scrollIntoView(place.from, { y: 'start', yMargin: 40 }) })
    },
    [view],
  )
  useEffect(() => {
    if (first) showInText([...(pathOfScope(value, first.scope) ?? []), 'nodes', indexOfNode(valueAt(value, pathOfScope(value, first.scope) ?? []), first.node)])
    // Only where one comes in.
  }, [first])
  const select = (identifier: string): void => {
    setSelected(identifier)
    showInText([...scopePath, 'nodes', indexOfNode(body, identifier)])
  }
  const enter = (identifier: string): void => {
    setScope([...scope, identifier])
    setSelected(null)
    addButton.current?.focus()
  }
  const leaveTo = (depth: number): void => {
    setSelected(scope[depth] ?? null)
    setScope(scope.slice(0, depth))
  }
  const follow = (offset: number): void => {
    const at = nodeAt(value, pathAt(text, offset))
    if (!at) return
    setScope((now) => (now.join('\n') === at.scope.join('\n') ? now : at.scope))
    setSelected(at.node)
  }
  const rename = (next: string): void => {
    if (selected === null) return
    changeBody(renameNode(body, selected, next))
    setSelected(next)
  }
  const remove = (names: string[], edges: Edge[] = []): void => {
    changeBody(edges.reduce<Raw>((now, edge) => disconnect(now, edge), names.reduce<Raw>((now, name) => removeNode(now, name), body)))
    if (selected === null || !names.includes(selected)) return
    setSelected(null)
    // The form that had the focus goes with its step.
    addButton.current?.focus()
  }
  const join = (from: string, to: string): void => {
    const joined = connect(body, from, to)
    if ('refused' in joined) refuse(joined.refused)
    else changeBody(joined.body)
  }

  // Undone and done again wherever one is, unless a field does it by itself.
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement
      if (!(event.ctrlKey || event.metaKey) || event.altKey || target.closest('input, textarea, .cm-editor, [role=dialog]')) return
      const key = event.key.toLowerCase()
      if (key !== 'z' && key !== 'y') return
      event.preventDefault()
      if (key === 'y' || event.shiftKey) redo()
      else undo()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [undo, redo])

  return (
    <>
      {isNarrow && <SegmentedControl fullWidth data={PANES} value={pane} onChange={(next) => setPane(next as Pane)} mb="sm" aria-label="View" />}
      <div className="editor" data-narrow={isNarrow || undefined}>
        <section className="editor-pane editor-graph" aria-label="Graph" hidden={isNarrow && pane !== 'graph'}>
          <div className="editor-bar">
            {scope.length > 0 ? (
              <Breadcrumbs separator="›" separatorMargin={6}>
                {['Workflow', ...scope].map((name, depth) =>
                  depth === scope.length ? (
                    <span key={depth} className="crumb-here">
                      {name}
                    </span>
                  ) : (
                    <Anchor key={depth} component="button" size="sm" onClick={() => leaveTo(depth)}>
                      {name}
                    </Anchor>
                  ),
                )}
              </Breadcrumbs>
            ) : (
              <span className="editor-name">Graph</span>
            )}
            <Button size="compact-sm" variant="light" leftSection={<IconPlus size={14} />} disabled={!isJson} onClick={() => setAdding(true)} ref={addButton}>
              Add a step
            </Button>
          </div>
          <WorkflowGraph key={scope.join('\n')} body={body} isInside={scope.length > 0} selected={selected} faults={faultsByNode} actions={{ onSelect: select, onConnect: join, onRemove: remove, onEnter: enter }} />
          {isJson && scope.length > 0 && drawable(body).nodes.length === 0 && <p className="editor-veil">A round does nothing yet: add what it is to do.</p>}
          {!isJson && <p className="editor-veil">The JSON cannot be read at the moment. This is how it was before.</p>}
        </section>
        <section className="editor-pane editor-form" aria-label="Form" hidden={isNarrow && pane !== 'form'}>
          <fieldset disabled={!isJson} className="editor-scroll">
            {node ? (
              <>
                <Button variant="subtle" size="compact-xs" color="gray" className="panel-back" onClick={() => setSelected(null)}>
                  ‹ {scope.length > 0 ? scope.at(-1) : 'The workflow'}
                </Button>
                <NodePanel
                  key={scope.join('\n')}
                  body={body}
                  node={node}
                  path={pathOfNode}
                  faults={checked.faults}
                  known={known}
                  stepTypes={stepTypes}
                  nodeSchema={schema?.properties?.nodes?.items}
                  onChange={(next) => changeBody(withValueAt(body, ['nodes', index], next), 'typing')}
                  onBody={changeBody}
                  onRename={rename}
                  onRemove={() => remove([String(node.identifier)])}
                  onEnter={() => enter(String(node.identifier))}
                  onRefused={refuse}
                />
              </>
            ) : (
              <WorkflowPanel value={value} faults={checked.faults} schema={schema} onChange={(next) => change(next, 'typing')} />
            )}
          </fieldset>
        </section>
        <section className="editor-pane editor-json" aria-label="JSON" hidden={isNarrow && pane !== 'json'}>
          <div className="editor-bar">
            <span className="editor-name">JSON</span>
            <span className="editor-hint" id={LEAVES_ID}>
              Esc, then Tab, leaves it
            </span>
          </div>
          <JsonEditor
            text={text}
            marks={entries}
            onReady={(code) => {
              view.current = code
            }}
            onChange={definition.setText}
            onCursor={follow}
          />
        </section>
      </div>
      <FaultList
        text={text}
        entries={entries}
        checked={checked}
        isJson={isJson}
        onOpen={({ from, to }) => {
          follow(from)
          view.current?.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
          if (isNarrow) setPane('form')
        }}
      />
      <StepPicker
        opened={isAdding}
        stepTypes={stepTypes}
        onClose={() => setAdding(false)}
        onPick={({ type }) => {
          const after = selected ?? lastNode(body)
          const added = addNode(body, newConfig(type, after === null ? [] : knownValues(value, scope, after, [], { withItself: true })), after)
          changeBody(added.body)
          setSelected(added.identifier)
          showInText([...scopePath, 'nodes', indexOfNode(added.body, added.identifier)])
          setAdding(false)
          if (isNarrow) setPane('form')
          focusForm()
        }}
      />
    </>
  )
}
