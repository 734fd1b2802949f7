/** Who started something; runs of schedules, events and callers from a trusted network have nobody's name. */
export const Who = ({ userId }: { userId: string | null }) =>
  userId === null ? (
    <span className="faint" title="A trusted network, a schedule or an event">–</span>
  ) : (
    <span className="who" title={userId}>
      {userId.startsWith('link:') ? 'by a link' : userId.length > 22 ? `${userId.slice(0, 8)}…${userId.slice(-6)}` : userId}
    </span>
  )
