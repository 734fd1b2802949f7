import { ActionIcon, Group } from '@mantine/core'
import { ArrowDown as IconDown, ArrowUp as IconUp, X as IconRemove } from 'lucide-react'

const moved = (list: readonly string[], from: number, to: number): string[] => {
  const one = list[from]
  return one === undefined ? [...list] : list.toSpliced(from, 1).toSpliced(to, 0, one)
}

/** Things in an order that can be changed, by the keyboard too; the same one may come twice. */
export const OrderList = ({ order, nameOf, onChange }: { order: readonly string[]; nameOf: (id: string) => string; onChange: (order: string[]) => void }) => (
  <ol className="order">
    {order.map((id, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- the same one may come twice
      <li key={`${id} ${index}`}>
        <span className="link-name">{nameOf(id)}</span>
        <Group gap={2} wrap="nowrap">
          <ActionIcon variant="subtle" color="gray" aria-label={`${nameOf(id)}: earlier`} disabled={index === 0} onClick={() => onChange(moved(order, index, index - 1))}>
            <IconUp size={15} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="gray" aria-label={`${nameOf(id)}: later`} disabled={index === order.length - 1} onClick={() => onChange(moved(order, index, index + 1))}>
            <IconDown size={15} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="gray" aria-label={`${nameOf(id)}: leave it out`} onClick={() => onChange(order.toSpliced(index, 1))}>
            <IconRemove size={15} />
          </ActionIcon>
        </Group>
      </li>
    ))}
  </ol>
)
