"""What admits an object by its header, each check by itself: in a pull, one often stands behind another."""

from dataclasses import replace

import pytest

from secure_xcom.errors import WrongCoordinates
from secure_xcom.exchange.admission import ReadRequest, admit
from secure_xcom.model.object_name import object_name
from secure_xcom.model.seal import SealContext
from tests.unit.world import NOW, PLACE, query

OTHER = {"dag_id": "other", "run_id": "other", "task_id": "other", "key": "other", "map_index": 7}


@pytest.mark.parametrize("part", OTHER)
def test_a_header_of_other_coordinates_is_refused_though_it_gives_the_objects_name(part: str) -> None:
    elsewhere = replace(PLACE, **{part: OTHER[part]})  # type: ignore[arg-type]  # each is of its field's type
    context = SealContext(coordinates=elsewhere, object_id="0" * 32, created=NOW)
    with pytest.raises(WrongCoordinates, match="another XCom"):
        admit(context, object_name(elsewhere, "0" * 32), ReadRequest(query=query(PLACE), reader=None), now=NOW)
