import asyncio

from app.turns import Turns


async def test_pages_are_judged_one_at_a_time_and_not_while_a_batch_is_written() -> None:
    turns = Turns()
    told: list[str] = []

    async def judge(name: str) -> None:
        async with turns.judging():
            told.append(f"{name} begins")
            told.append(f"{name} ends")

    async with asyncio.TaskGroup() as group:
        with turns.writing():
            group.create_task(judge("first"))
            group.create_task(judge("second"))
            for _ in range(10):
                await asyncio.sleep(0)
            told.append("written")
    assert told == ["written", "first begins", "first ends", "second begins", "second ends"]
