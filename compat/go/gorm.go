package main

import (
	"errors"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// Label, Artist and Album are what an application would have.
type (
	Label struct {
		ID   uint
		Name string `gorm:"size:80;uniqueIndex"`
	}
	Artist struct {
		gorm.Model
		Name   string  `gorm:"size:80;not null;index:idx_name,unique;comment:as printed"`
		Albums []Album `gorm:"constraint:OnDelete:CASCADE"`
	}
	Album struct {
		ID       uint64
		ArtistID uint
		LabelID  *uint
		Label    *Label
		Title    string  `gorm:"not null;check:title_given,title <> ''"`
		Price    float64 `gorm:"type:numeric(8,2);default:9.99"`
		Released *time.Time
		Info     map[string]any `gorm:"type:jsonb;serializer:json"`
		Genres   []Genre        `gorm:"many2many:album_genres"`
		Cover    []byte
	}
	Genre struct {
		Name string `gorm:"primaryKey"`
	}
)

func driveGorm(url string) {
	version("gorm", "gorm.io/gorm")
	db, err := gorm.Open(postgres.Open(url), &gorm.Config{Logger: logger.Discard, TranslateError: true})
	if err != nil {
		check("open", func() error { return err })
		return
	}
	models := []any{&Label{}, &Genre{}, &Artist{}, &Album{}}
	check("AutoMigrate", func() error { return db.AutoMigrate(models...) })
	check("AutoMigrate again", func() error { return db.AutoMigrate(models...) })
	gormMigrator(db)
	gormWork(db)
	gormQueries(db)
	check("drop", func() error { return db.Migrator().DropTable("album_genres", &Album{}, &Artist{}, &Genre{}, &Label{}) })
}

func gormMigrator(db *gorm.DB) {
	m := db.Migrator()
	check("migrator: what is there", func() error {
		t, err := m.ColumnTypes(&Album{})
		if err != nil {
			return err
		}
		_, scale, _ := t[4].DecimalSize()
		tables, err := m.GetTables()
		return errors.Join(err, equal([]any{m.HasTable("albums"), m.HasColumn(&Album{}, "Title"), m.HasIndex(&Artist{},
			"idx_name"), m.HasConstraint(&Album{}, "title_given"), len(t), scale, len(tables), m.CurrentDatabase() != ""},
			[]any{true, true, true, true, 8, int64(2), 5, true}))
	})
	check("migrator: change it", func() error {
		type Label struct {
			ID   uint
			Name string `gorm:"size:120;uniqueIndex"`
			City string `gorm:"default:'x';not null"`
		}
		return errors.Join(db.AutoMigrate(&Label{}), m.RenameColumn(&Label{}, "city", "town"), m.DropColumn(&Label{},
			"town"), m.RenameTable("labels", "prints"), m.RenameTable("prints", "labels"),
			m.CreateIndex(&Artist{}, "DeletedAt"), m.DropIndex(&Artist{}, "idx_artists_deleted_at"),
			m.DropConstraint(&Album{}, "title_given"), m.CreateConstraint(&Album{}, "title_given"))
	})
	check("migrator: indexes", func() error {
		ix, err := m.GetIndexes(&Artist{})
		if err != nil {
			return err
		}
		for _, i := range ix {
			if u, _ := i.Unique(); i.Name() == "idx_name" {
				return equal([]any{i.Columns(), u}, []any{[]string{"name"}, true})
			}
		}
		return errors.New("no idx_name")
	})
}

func gormWork(db *gorm.DB) {
	check("create with associations", func() error {
		a := Artist{Name: "Can", Albums: []Album{{Title: "Tago Mago", Info: map[string]any{"n": 1.0},
			Genres: []Genre{{"rock"}}, Label: &Label{Name: "UA"}}, {Title: "Ege", Price: 12.5}}}
		return errors.Join(db.Create(&a).Error, equal([]any{a.ID, a.Albums[1].ID, a.Albums[0].Price}, []any{uint(1), uint64(2), 9.99}))
	})
	check("batches and upsert", func() error {
		many := make([]Album, 250)
		for i := range many {
			many[i] = Album{ArtistID: 1, Title: "t", Price: float64(i + 1)}
		}
		return errors.Join(db.CreateInBatches(&many, 100).Error, equal(many[249].ID, uint64(252)),
			db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}},
				DoUpdates: clause.AssignmentColumns([]string{"updated_at"})}).Create(&Artist{Name: "Can"}).Error,
			db.Clauses(clause.OnConflict{DoNothing: true}).Create(&Genre{"rock"}).Error)
	})
	check("update, delete, soft delete", func() error {
		n := db.Model(&Album{}).Where("price > ?", 200).Update("price", gorm.Expr("price - ?", 1)).RowsAffected
		d := db.Where("price > ?", 240).Delete(&Album{}).RowsAffected
		db.Create(&Artist{Name: "gone"})
		db.Where("name = ?", "gone").Delete(&Artist{})
		var left, all int64
		db.Model(&Artist{}).Count(&left)
		db.Unscoped().Model(&Artist{}).Count(&all)
		return equal([]int64{n, d, left, all}, []int64{50, 9, 1, 2})
	})
	check("transaction with savepoint", func() error {
		return db.Transaction(func(tx *gorm.DB) error {
			err := tx.Transaction(func(inner *gorm.DB) error { return inner.Create(&Artist{Name: "Can"}).Error })
			if !errors.Is(err, gorm.ErrDuplicatedKey) {
				return errors.Join(errors.New("want a duplicate key"), err)
			}
			return tx.Create(&Artist{Name: "Neu!"}).Error
		})
	})
	check("foreign key error", func() error {
		if err := db.Create(&Album{ArtistID: 99, Title: "x"}).Error; !errors.Is(err, gorm.ErrForeignKeyViolated) {
			return errors.Join(errors.New("want a foreign key violation"), err)
		}
		return nil
	})
}

func gormQueries(db *gorm.DB) {
	check("preload and joins", func() error {
		var a Artist
		err := db.Preload("Albums",
			func(d *gorm.DB) *gorm.DB { return d.Order("id").Limit(2) }).Preload("Albums.Genres").First(&a, "name = ?", "Can").Error
		if err != nil {
			return err
		}
		var b Album
		err = db.Joins("Label").First(&b, 1).Error
		if err != nil || b.Label == nil {
			return errors.Join(errors.New("no label"), err)
		}
		return equal([]any{a.Albums[0].Genres, b.Label.Name, b.Info}, []any{[]Genre{{"rock"}}, "UA", map[string]any{"n": 1.0}})
	})
	check("group, subquery, pluck, locking, rows", func() error {
		var out []struct {
			Name string
			N    int
		}
		err := db.Model(&Album{}).Select("artists.name, count(*) AS n").
			Joins("JOIN artists ON artists.id = albums.artist_id").Group("artists.name").Having("count(*) > ?", 1).Scan(&out).Error
		var top []string
		err = errors.Join(err, db.Model(&Album{}).Where("price = (?)", db.Model(&Album{}).Select("max(price)")).Pluck("title", &top).Error)
		var locked []Album
		err = errors.Join(err, db.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Limit(2).Find(&locked).Error)
		var n int
		r := db.Model(&Album{}).FindInBatches(&[]Album{}, 50, func(tx *gorm.DB, _ int) error { n += int(tx.RowsAffected); return nil })
		return errors.Join(err, r.Error, equal([]any{len(out), out[0].N, top, len(locked), n}, []any{1, 243, []string{"t"}, 2, 243}))
	})
}
