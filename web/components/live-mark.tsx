import type { StreamState } from '../api/stream.ts'

const WORDS: Record<StreamState, string | null> = { connecting: null, live: 'Live', lost: 'Reconnecting …', ended: null }

/** Whether what is seen is what is so at this moment. */
export const LiveMark = ({ stream }: { stream: StreamState }) => {
  const words = WORDS[stream]
  return (
    <span className="live-mark" data-stream={stream} role="status">
      {words && (
        <>
          <span className="live-dot" aria-hidden />
          {words}
        </>
      )}
    </span>
  )
}
