import { Text, Title } from '@mantine/core'
import type { Fault, JsonSchema } from '../api/workflows.ts'
import type { Raw } from '../is-object.ts'
import { SchemaFields } from './schema-field.tsx'

/** What has a place of its own in the editor. */
const PLACED = ['nodes', 'connections', 'icon', 'category']
/** People see these everywhere. */
const ASKED = ['title', 'description']

/** What is said of the workflow as a whole, as a form. */
export const WorkflowPanel = ({ value, faults, schema, onChange }: { value: Raw; faults: readonly Fault[]; schema: JsonSchema | undefined; onChange: (value: Raw) => void }) => (
  <section className="node-panel" aria-label="The workflow">
    <div>
      <Title order={2} size="h5">
        The workflow
      </Title>
      <Text size="xs" c="dimmed">
        Choose a step in the graph to see what it does.
      </Text>
    </div>
    {schema && <SchemaFields schema={schema} root={schema} value={value} path="" faults={faults.map((fault) => ({ ...fault, path: `.${fault.path}` }))} omit={PLACED} always={ASKED} onChange={onChange} />}
  </section>
)
