import { Group, Pagination } from '@mantine/core'

/** @param what the rows, as the buttons call them */
export const Pager = ({ page, total, what, onChange }: { page: number; total: number; what: string; onChange: (page: number) => void }) =>
  total > 1 ? (
    <Group justify="center" mt="md">
      <Pagination
        total={total}
        value={page}
        onChange={onChange}
        siblings={1}
        getControlProps={(control) => ({ 'aria-label': { previous: `Newer ${what}`, next: `Older ${what}`, first: `Newest ${what}`, last: `Oldest ${what}` }[control] })}
        getItemProps={(at) => ({ 'aria-label': `Page ${at}` })}
      />
    </Group>
  ) : null
