/** Who came by an address that says what they may do: who that was nobody knows. */
const NAMELESS: Record<string, string> = { link: 'somebody with a link', hook: 'the workflow’s hook' }

const nameOf = (userId: string): string => {
  const [kind = '', id] = userId.split(':')
  if (id !== undefined && NAMELESS[kind]) return NAMELESS[kind]
  return userId.length > 22 ? `${userId.slice(0, 8)}…${userId.slice(-6)}` : userId
}

/** Who started something; runs of schedules, events and callers from a trusted network have nobody's name. */
export const Who = ({ userId }: { userId: string | null }) =>
  userId === null ? (
    <span className="faint" title="A trusted network, a schedule or an event">–</span>
  ) : (
    <span className="who" title={userId}>
      {nameOf(userId)}
    </span>
  )
